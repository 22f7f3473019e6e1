//! The phone on the terminal as its user sees it, key by key: screens on a test terminal, of a phone that a scripted
//! server serves.

#[path = "../../phone/tests/common/mod.rs"]
mod bench;

use std::time::Duration;

use bench::Bench;
use phone::profile;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use skinny::codes::{ApplicationId, DCallState, DeviceStimulus, LampMode, RingMode, SoftKeySet};
use skinny::message::service::UserDataVersion1;
use skinny::message::{SetLamp, UserToDeviceDataVersion1};
use skinny::types::{Count, Data};
use softphone::console::Command;
use softphone::service::{Page, Refresh};
use softphone::ui::{App, Deed, Press, Sight, Theme, Urls};

/// A phone, its screen, its server.
struct Desk {
    app: App,
    bench: Bench,
}

impl Desk {
    fn new(profile: &'static profile::Profile) -> Self {
        let mut bench = Bench::new(profile);
        bench.register();
        let urls = Urls { directories: Some("http://h/people".to_owned()), services: None };
        Desk { app: App::new(Theme::Plain, urls), bench }
    }

    fn see<T>(&mut self, deal: impl FnOnce(&mut App, &Sight<'_>) -> T) -> T {
        let quality =
            phone::audio::Quality { codec: "PCMU", packets: 500, lost: 5, jitter_ms: 3.2, mos: Some(4.1) };
        let quality = (!self.bench.phone.streams().is_empty()).then_some(quality);
        let phone = &self.bench.phone;
        deal(&mut self.app, &Sight { phone, now: self.bench.now, quality, sound: "no sound card" })
    }

    fn screen(&mut self, width: u16, height: u16) -> String {
        let deeds = self.see(App::tick);
        assert!(deeds.is_empty(), "{deeds:?}");
        let mut terminal = Terminal::new(TestBackend::new(width, height)).expect("a test terminal");
        self.see(|app, sight| terminal.draw(|frame| app.draw(frame, sight)).map(|_| ())).expect("drawn");
        let rows = terminal.backend().buffer().content.chunks(usize::from(width));
        rows.map(|row| row.iter().map(|cell| cell.symbol()).collect::<String>().trim_end().to_owned() + "\n")
            .collect()
    }

    /// What keys lead to, in the console's words.
    fn keys(&mut self, keys: &[KeyCode]) -> Vec<String> {
        let mut deeds = Vec::new();
        for code in keys {
            let key = KeyEvent::new(*code, KeyModifiers::NONE);
            deeds.extend(self.see(|app, sight| app.key(key, sight)));
        }
        deeds.iter().map(words).collect()
    }

    fn press(&mut self, press: Press) -> Vec<String> {
        self.see(|app, sight| app.press(press, sight)).iter().map(words).collect()
    }

    fn typed(&mut self, text: &str) -> Vec<String> {
        let keys: Vec<KeyCode> = text.chars().map(KeyCode::Char).collect();
        self.keys(&keys)
    }

    fn page(&mut self, text: &str) -> Vec<String> {
        let page = Page::read(text.as_bytes()).map_err(|error| error.to_string());
        self.see(|app, sight| app.fetched(page, sight)).iter().map(words).collect()
    }
}

fn words(deed: &Deed) -> String {
    match deed {
        Deed::Command(Command::Dial(number)) => format!("dial {number}"),
        Deed::Command(Command::Press(name)) => format!("press {name}"),
        other => format!("{other:?}"),
    }
}

fn ring(desk: &mut Desk) {
    desk.bench.ring_in(7);
}

#[test]
fn idle_ringing_talking() {
    let mut desk = Desk::new(&profile::CISCO_7960);
    let lamp =
        SetLamp { stimulus: DeviceStimulus::VOICE_MAIL, stimulus_instance: 0, lamp_mode: LampMode::ON };
    desk.bench.tell(&lamp);
    insta::assert_snapshot!("idle", desk.screen(96, 26));
    ring(&mut desk);
    assert_ne!(desk.bench.phone.ringer(), RingMode::RING_OFF);
    assert!(desk.see(App::bell) && !desk.see(App::bell), "it rings once in a while");
    insta::assert_snapshot!("ringing", desk.screen(96, 26));
    assert_eq!(desk.keys(&[KeyCode::F(1)]), ["press Answer"]);
    desk.bench.act(phone::Act::Answer);
    desk.bench.connect_call(7, 7);
    desk.bench.secs(75);
    assert_eq!(desk.bench.states(), [DCallState::CONNECTED]);
    insta::assert_snapshot!("talking", desk.screen(96, 26));
    assert!(!desk.see(App::bell));
    // In a call, digits are for the other party.
    assert_eq!(desk.typed("5"), [r#"Command(Keys("5"))"#]);
    assert_eq!(desk.typed("m"), ["Mute(true)"]);
    assert_eq!(desk.typed("o"), ["Command(Hold)"]);
}

#[test]
fn a_number_is_typed_edited_and_dialled() {
    let mut desk = Desk::new(&profile::CISCO_7960);
    assert!(desk.typed("1003").is_empty());
    assert!(desk.keys(&[KeyCode::Backspace]).is_empty());
    desk.typed("2");
    insta::assert_snapshot!("typed", desk.screen(64, 12));
    assert_eq!(desk.keys(&[KeyCode::F(1)]), ["dial 1002"]);
    assert!(!desk.screen(64, 12).contains("1002_"));
    desk.typed("99");
    assert_eq!(desk.keys(&[KeyCode::Enter]), ["dial 99"]);
}

#[test]
fn softkeys_beyond_the_fourth_are_behind_more() {
    let mut desk = Desk::new(&profile::CISCO_7960);
    desk.bench.tell(&bench::keys(0, 0, SoftKeySet::CONNECTED, u32::MAX));
    let first = desk.screen(80, 12);
    assert!(first.contains("F4 more"), "{first}");
    let all = desk.bench.softkeys();
    assert!(all.len() > 4, "{all:?}");
    assert!(desk.keys(&[KeyCode::F(4)]).is_empty());
    let second = desk.screen(80, 12);
    assert!(second.contains(&all[3]) && !first.contains(&format!("F1 {}", all[3])), "{second}");
    assert_eq!(desk.keys(&[KeyCode::F(1)]), [format!("press {}", all[3])]);
}

#[test]
fn missed_calls_are_listed_and_called_back() {
    let mut desk = Desk::new(&profile::CISCO_7960);
    ring(&mut desk);
    desk.bench.end_call(7, 7);
    assert!(desk.screen(96, 26).contains("●") || desk.screen(96, 26).contains("○"));
    desk.typed("d");
    insta::assert_snapshot!("directories", desk.screen(64, 12));
    desk.keys(&[KeyCode::Enter]);
    let list = desk.screen(64, 12);
    assert!(list.contains("Missed Calls") && list.contains("EditDial"), "{list}");
    let number =
        desk.bench.phone.history(phone::List::Missed).next().expect("a missed call").party.number.clone();
    assert_eq!(desk.keys(&[KeyCode::F(1)]), [format!("dial {number}")]);
    // The corporate directory is a page.
    desk.typed("d");
    assert_eq!(desk.typed("4"), [r#"Fetch("http://h/people")"#]);
    assert!(desk.screen(64, 12).contains("Requesting"));
    desk.page(
        "<CiscoIPPhoneDirectory><Title>People</Title><Prompt>Two</Prompt>\
         <DirectoryEntry><Name>Ann</Name><Telephone>1007</Telephone></DirectoryEntry>\
         <DirectoryEntry><Name>Bea</Name><Telephone>1008</Telephone></DirectoryEntry></CiscoIPPhoneDirectory>",
    );
    insta::assert_snapshot!("people", desk.screen(64, 12));
    assert_eq!(desk.keys(&[KeyCode::Down, KeyCode::F(1)]), ["dial 1008"]);
}

#[test]
fn services_are_menus_texts_forms_and_pictures() {
    let mut desk = Desk::new(&profile::CISCO_7960);
    desk.page(
        "<CiscoIPPhoneMenu><Title>News</Title><Prompt>Choose</Prompt>\
         <MenuItem><Name>Weather</Name><URL>http://h/w</URL></MenuItem>\
         <MenuItem><Name>Call us</Name><URL>Dial:1009</URL></MenuItem></CiscoIPPhoneMenu>",
    );
    insta::assert_snapshot!("menu", desk.screen(64, 12));
    assert_eq!(desk.typed("1"), [r#"Fetch("http://h/w")"#]);
    desk.page("<CiscoIPPhoneText><Title>Weather</Title><Text>Rain in the morning, and then more rain until late at night.</Text></CiscoIPPhoneText>");
    let text = desk.screen(40, 12);
    assert!(text.contains("Rain in the morning") && text.contains("until late"), "{text}");
    assert!(desk.keys(&[KeyCode::Esc]).is_empty());
    assert_eq!(desk.typed("2"), ["dial 1009"]);
    desk.page(
        "<CiscoIPPhoneInput><Title>Log in</Title><Prompt>Who are you?</Prompt><URL>http://h/in</URL>\
         <InputItem><DisplayName>User</DisplayName><QueryStringParam>u</QueryStringParam><InputFlags>A</InputFlags></InputItem>\
         <InputItem><DisplayName>PIN</DisplayName><QueryStringParam>p</QueryStringParam><InputFlags>NP</InputFlags></InputItem></CiscoIPPhoneInput>",
    );
    desk.typed("qm? 1");
    desk.keys(&[KeyCode::Down]);
    desk.typed("12a3");
    insta::assert_snapshot!("form", desk.screen(64, 12));
    assert_eq!(desk.keys(&[KeyCode::Enter]), [r#"Fetch("http://h/in?u=qm%3F%201&p=123")"#]);
    desk.page("<CiscoIPPhoneImage><Title>P</Title><Width>8</Width><Height>4</Height><Depth>2</Depth><Data>FFFF0000FFFF0000</Data></CiscoIPPhoneImage>");
    assert_eq!(desk.screen(40, 12).matches('▀').count(), 16);
    desk.page("not a page");
    assert!(desk.screen(64, 12).contains("not XML"));
}

#[test]
fn a_picture_is_touched_where_its_areas_are() {
    let mut desk = Desk::new(&profile::CISCO_7975);
    desk.page(
        "<CiscoIPPhoneGraphicMenu><Title>Map</Title><Width>8</Width><Height>8</Height><Depth>2</Depth><Data>FFFF</Data>\
         <MenuItem><Name>West</Name><URL>Dial:1</URL><TouchArea X1='0' Y1='0' X2='3' Y2='7'/></MenuItem>\
         <MenuItem><Name>East</Name><URL>Dial:2</URL><TouchArea X1='4' Y1='0' X2='7' Y2='7'/></MenuItem>\
         </CiscoIPPhoneGraphicMenu>",
    );
    let screen = desk.screen(40, 14);
    let row = screen.lines().position(|line| line.contains('▀')).expect("a picture");
    let line = screen.lines().nth(row).expect("that line");
    let left = line.chars().position(|c| c == '▀').expect("its edge") as u16;
    let touch = |desk: &mut Desk, x: u16| {
        let deeds = desk.see(|app, sight| app.click(x, row as u16 + 3, sight));
        deeds.iter().map(words).collect::<Vec<_>>()
    };
    assert_eq!(touch(&mut desk, left + 5), ["dial 2"]);
    assert!(touch(&mut desk, left).is_empty(), "the page is gone with the call");
}

#[test]
fn pages_are_fetched_anew_when_they_want_it_and_nowhere_else() {
    let mut desk = Desk::new(&profile::CISCO_7960);
    let page = |title: &str, secs: Option<u64>| {
        let text =
            format!("<CiscoIPPhoneMenu><Title>{title}</Title><MenuItem/><MenuItem/></CiscoIPPhoneMenu>");
        let mut page = Page::read(text.as_bytes()).expect("a page");
        page.address = "http://h/news".to_owned();
        let refresh =
            |secs| Refresh { after: Some(Duration::from_secs(secs)), url: "http://h/news".to_owned() };
        page.refresh = secs.map(refresh);
        page
    };
    desk.see(|app, sight| app.fetched(Ok(page("First", Some(5))), sight));
    desk.keys(&[KeyCode::Down]);
    desk.bench.secs(4);
    assert!(desk.see(App::tick).is_empty());
    desk.bench.secs(1);
    let asked = desk.see(App::tick);
    assert_eq!(asked.iter().map(words).collect::<Vec<_>>(), [r#"Fetch("http://h/news")"#]);
    assert!(desk.see(App::tick).is_empty(), "once");
    desk.see(|app, sight| app.fetched(Ok(page("Second", None)), sight));
    let screen = desk.screen(64, 12);
    assert!(screen.contains("Second") && !screen.contains("First"), "{screen}");
    desk.bench.secs(60);
    assert!(desk.see(App::tick).is_empty(), "the second one wants to stay");
    // It took the first one's place: one Exit leads out.
    desk.keys(&[KeyCode::Esc]);
    assert!(!desk.screen(64, 12).contains("Second"));
    // Who has left a page is not brought back to it.
    desk.see(|app, sight| app.fetched(Ok(page("Third", Some(1))), sight));
    desk.keys(&[KeyCode::Esc]);
    desk.bench.secs(2);
    assert!(desk.see(App::tick).is_empty());
    // The user may ask, too.
    let mut asking = page("Fourth", None);
    asking.softkeys = Page::read(
        b"<CiscoIPPhoneMenu><SoftKeyItem><Name>Again</Name><URL>SoftKey:Update</URL><Position>1</Position></SoftKeyItem></CiscoIPPhoneMenu>",
    )
    .expect("a page")
    .softkeys;
    desk.see(|app, sight| app.fetched(Ok(asking), sight));
    assert_eq!(desk.keys(&[KeyCode::F(1)]), [r#"Fetch("http://h/news")"#]);
}

#[test]
fn links_play_forget_press_and_ask() {
    let mut desk = Desk::new(&profile::CISCO_7960);
    ring(&mut desk);
    desk.bench.end_call(7, 7);
    let link = |desk: &mut Desk, url: &str| {
        desk.page(&format!("<CiscoIPPhoneExecute><ExecuteItem URL='{url}'/></CiscoIPPhoneExecute>"))
    };
    assert_eq!(link(&mut desk, "Play:Chime.raw"), [r#"Play("Chime.raw")"#]);
    assert_eq!(link(&mut desk, "SendDigits:12#"), [r#"Command(Keys("12#"))"#]);
    assert_eq!(link(&mut desk, "Init:CallHistory"), ["ForgetCalls"]);
    assert_eq!(desk.bench.phone.history(phone::List::Missed).count(), 1);
    desk.bench.phone.forget_history();
    assert_eq!(desk.bench.phone.history(phone::List::Missed).count(), 0);
    assert!(link(&mut desk, "Init:Nothing").is_empty());
    assert!(desk.screen(64, 12).contains("no Nothing to begin anew"));
    // What is under the cursor goes with a softkey's address.
    desk.page(
        "<CiscoIPPhoneMenu><Title>Lamps</Title><MenuItem><Name>One</Name><URL>QueryStringParam:id=1</URL></MenuItem>\
         <MenuItem><Name>Two</Name><URL>QueryStringParam:id=2</URL></MenuItem>\
         <SoftKeyItem><Name>On</Name><URL>http://h/on?a=b</URL><Position>1</Position></SoftKeyItem></CiscoIPPhoneMenu>",
    );
    assert_eq!(desk.keys(&[KeyCode::Down, KeyCode::F(1)]), [r#"Fetch("http://h/on?a=b&id=2")"#]);
}

#[test]
fn wireless_models_vibrate_instead_of_ringing() {
    let mut desk = Desk::new(&profile::CISCO_7921);
    assert!(desk.screen(160, 26).contains(" · bell · "));
    desk.typed("b");
    assert!(desk.screen(160, 26).contains(" · vibrate · "));
    ring(&mut desk);
    assert!(!desk.see(App::bell), "the bell is silent");
    assert!(desk.screen(160, 26).contains("≋ vibrates ≋"));
    desk.typed("b");
    let screen = desk.screen(160, 26);
    assert!(screen.contains(" · no bell · ") && !screen.contains("vibrates"), "{screen}");
    desk.typed("b");
    desk.bench.secs(4);
    assert!(desk.see(App::bell), "it rings again");
    // A page lets it vibrate: twice for half a second.
    let shake = "<CiscoIPPhoneExecute><ExecuteItem URL='Vibrate:500:500:2'/></CiscoIPPhoneExecute>";
    assert!(desk.page(shake).is_empty());
    assert!(desk.see(|app, sight| app.vibrates(sight)));
    desk.bench.secs(3);
    assert!(!desk.see(|app, sight| app.vibrates(sight)));
    // A phone on a desk does neither.
    let mut desk = Desk::new(&profile::CISCO_7960);
    desk.typed("b");
    assert!(desk.screen(160, 26).contains(" · no bell · "));
    desk.page(shake);
    assert!(desk.screen(160, 26).contains("this model does not vibrate"));
}

#[test]
fn what_the_server_pushes_is_shown() {
    let mut desk = Desk::new(&profile::CISCO_7975);
    let page = b"<CiscoIPPhoneText><Title>Alarm</Title><Text>Leave the building</Text></CiscoIPPhoneText>";
    desk.bench.tell(&UserToDeviceDataVersion1 {
        user_to_device_data_version1: UserDataVersion1 {
            application_id: ApplicationId(1),
            data_length: Count(page.len() as u32),
            xmldata: Data::new(page),
            ..UserDataVersion1::default()
        },
    });
    let screen = desk.screen(64, 14);
    assert!(screen.contains("Alarm") && screen.contains("Leave the building"), "{screen}");
}

#[test]
fn every_size_and_any_key_is_harmless() {
    let mut desk = Desk::new(&profile::CISCO_7960);
    ring(&mut desk);
    let codes = [
        KeyCode::Up,
        KeyCode::Down,
        KeyCode::Enter,
        KeyCode::Esc,
        KeyCode::Tab,
        KeyCode::BackTab,
        KeyCode::Backspace,
        KeyCode::F(1),
        KeyCode::F(4),
        KeyCode::F(9),
        KeyCode::Char('d'),
        KeyCode::Char('x'),
        KeyCode::Char('i'),
        KeyCode::Char('1'),
        KeyCode::Char('#'),
        KeyCode::Char('?'),
        KeyCode::Char('T'),
        KeyCode::Char('+'),
        KeyCode::Char('-'),
        KeyCode::Char('b'),
        KeyCode::Char('ü'),
    ];
    let mut seed: u32 = 7;
    for round in 0..2000u32 {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        desk.keys(&[codes[(seed >> 16) as usize % codes.len()]]);
        if round.is_multiple_of(9) {
            let (width, height) = ((seed >> 8) as u16 % 150 + 1, (seed >> 20) as u16 % 45 + 1);
            desk.screen(width, height);
            desk.see(|app, sight| app.click(width / 2, height / 2, sight));
        }
    }
}

#[test]
fn the_mouse_presses_what_it_points_at() {
    let mut desk = Desk::new(&profile::CISCO_7960);
    let screen = desk.screen(96, 26);
    let place = |what: &str| {
        let row = screen.lines().position(|line| line.contains(what)).expect(what);
        let line = screen.lines().nth(row).expect("that line");
        let column = line[..line.find(what).expect("there")].chars().count();
        (column as u16, row as u16)
    };
    let (x, y) = place("NewCall");
    let deeds = desk.see(|app, sight| app.click(x, y, sight));
    assert_eq!(deeds.iter().map(words).collect::<Vec<_>>(), ["press NewCall"]);
    let (x, y) = place("Line 1001");
    let deeds = desk.see(|app, sight| app.click(x, y, sight));
    assert_eq!(deeds.iter().map(words).collect::<Vec<_>>(), ["Command(Line(1))"]);
    assert_eq!(desk.press(Press::Handset), ["Command(OffHook)"]);
}
