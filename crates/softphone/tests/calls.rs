//! Two phones on real sockets, through a small call manager: what one says the other hears.

mod common;

use std::time::Duration;

use common::Switch;
use media::compare;
use media::speech::Signature;
use phone::audio::{RATE_HZ, Say};
use phone::{Act, Config, List, Profile, Registration, profile};
use softphone::console::{Console, Reply};
use softphone::{Driver, Handle, Options, RunError, Setup, Way};

/// Long for a busy machine; nothing waits that long when all is well.
const SOON: Duration = Duration::from_secs(20);

fn plug_in(driver: &Driver, switch: &Switch, name: &str, profile: &'static Profile, talker: u64) -> Handle {
    let mut setup = Setup::new(Config::new(name, profile), vec![switch.address]);
    setup.audio.say = Say::Speech(talker);
    driver.add(setup).expect("the driver runs")
}

fn registered(phone: &Handle) {
    phone.wait_for("registration", SOON, |phone| phone.is_registered()).unwrap_or_else(|no| panic!("{no}"));
}

fn connected(phone: &Handle) {
    phone
        .wait_for("media both ways", SOON, |phone| {
            let both =
                |s: &phone::media::Stream| s.send.is_some() && s.receive.is_some_and(|r| r.local.is_some());
            phone.calls().iter().any(|call| call.is_connected()) && phone.streams().iter().any(both)
        })
        .unwrap_or_else(|no| panic!("{no}"));
}

fn hears(phone: &Handle, seconds: usize) {
    let enough = seconds * RATE_HZ as usize;
    phone
        .wait_for_sound("sound", SOON, |audio| audio.heard().len() >= enough)
        .unwrap_or_else(|no| panic!("{no}"));
}

#[test]
fn two_generations_call_each_other_with_sound() {
    let switch = Switch::start();
    let driver = Driver::start().expect("a driver");
    let a = plug_in(&driver, &switch, "SEP000000000001", &profile::CISCO_7960, 11);
    let b = plug_in(&driver, &switch, "SEP000000000002", &profile::CISCO_7961, 12);
    registered(&a);
    registered(&b);

    a.act(Act::Dial("1002")).expect("a dials");
    b.wait_for("ringing", SOON, |phone| phone.ringing()).unwrap_or_else(|no| panic!("{no}"));
    assert_eq!(b.look(|phone| phone.calls()[0].calling.number.to_string()), "1001");
    b.act(Act::OffHook).expect("b answers");
    connected(&a);
    connected(&b);
    hears(&a, 4);
    hears(&b, 4);
    for (from, to, talker) in [(&a, &b, 11), (&b, &a, 12)] {
        let (said, heard) = (from.said(), to.heard());
        assert!(Signature::nth(talker).is_in(&heard, RATE_HZ), "whose voice is it?");
        let found = compare::find(&said[..2 * RATE_HZ as usize], &heard, RATE_HZ, 3000).expect("sound");
        assert!(found.correlation > 0.9, "{found:?}");
        assert!(found.gain_db.abs() < 0.5, "as loud as it was said: {found:?}");
        assert!((0.0..1000.0).contains(&found.delay_ms.abs()), "{found:?}");
    }

    a.act(Act::Key('5')).expect("a digit");
    a.act(Act::Key('#')).expect("another");
    b.wait_for_sound("digits", SOON, |audio| audio.digits() == "5#").unwrap_or_else(|no| panic!("{no}"));

    b.act(Act::OnHook).expect("b hangs up");
    for phone in [&a, &b] {
        phone.wait_for("the end", SOON, |phone| phone.calls().is_empty()).unwrap_or_else(|no| panic!("{no}"));
    }
    assert_eq!(a.look(|phone| phone.history(List::Placed).count()), 1);
    assert_eq!(b.look(|phone| phone.history(List::Received).count()), 1);

    let report = a
        .wait_for_message("statistics", SOON, |entry| entry.name() == "ConnectionStatisticsRes")
        .unwrap_or_else(|no| panic!("{no}"));
    let number = |path: &str| report.field(path).and_then(|text| text.parse::<u64>().ok()).unwrap_or(0);
    assert!(number("number_packets_sent") > 150, "{report}");
    assert!(number("number_packets_received") > 150, "{report}");
    assert!(report.field("data").is_some_and(|text| text.contains("MLQK=")), "{report}");
    assert!(a.look(|phone| phone.offences().is_empty()));
}

#[test]
fn an_old_phone_announces_its_port_and_talks_on_it() {
    let switch = Switch::start();
    let driver = Driver::start().expect("a driver");
    let a = plug_in(&driver, &switch, "SEP000000000003", &profile::CISCO_30VIP, 3);
    let b = plug_in(&driver, &switch, "SEP000000000004", &profile::CISCO_7975, 4);
    registered(&a);
    registered(&b);
    b.act(Act::Dial("1003")).expect("b dials");
    a.wait_for("ringing", SOON, |phone| phone.ringing()).unwrap_or_else(|no| panic!("{no}"));
    a.act(Act::Answer).expect("a answers");
    connected(&a);
    connected(&b);
    let announced =
        a.transcript().iter().find(|entry| entry.name() == "IpPort").and_then(|e| e.field("rtp_media_port"));
    let used = a
        .look(|phone| phone.streams()[0].receive.and_then(|r| r.local).map(|local| local.port().to_string()));
    assert_eq!(announced, used);
    hears(&a, 1);
    hears(&b, 1);
}

#[test]
fn a_phone_comes_back_by_itself_and_through_its_list() {
    let switch = Switch::start();
    let dead = std::net::TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a free port");
    let driver = Driver::start().expect("a driver");
    let mut config = Config::new("SEP000000000005", &profile::CISCO_7961);
    config.timing.reconnect_first = Duration::from_millis(50);
    let phone = driver.add(Setup::new(config, vec![dead, switch.address])).expect("the driver runs");
    registered(&phone);
    assert_eq!(phone.look(|phone| phone.server()), 1);
    switch.hang_up_on("SEP000000000005");
    phone
        .wait_for("a second registration", SOON, |phone| phone.counts().registrations == 2)
        .unwrap_or_else(|no| panic!("{no}"));
    let again = phone
        .transcript()
        .iter()
        .filter(|entry| entry.way == Way::Sent && entry.name() == "XMLAlarm")
        .count();
    assert_eq!(again, 2);
    phone.act(Act::Unregister).expect("it leaves");
    phone
        .wait_for("goodbye", SOON, |phone| *phone.registration() == Registration::Off)
        .unwrap_or_else(|no| panic!("{no}"));
}

#[test]
fn what_is_not_seen_is_explained() {
    let switch = Switch::start();
    let driver = Driver::start().expect("a driver");
    let phone = plug_in(&driver, &switch, "SEP000000000006", &profile::CISCO_7960, 6);
    registered(&phone);
    let no = phone.wait_for("a call", Duration::from_millis(50), |phone| !phone.calls().is_empty());
    let words = no.expect_err("nobody calls").to_string();
    assert!(words.contains("SEP000000000006: no a call within"), "{words}");
    assert!(words.contains("softkeys  Redial  NewCall"), "{words}");
    assert!(words.contains("← TimeDateRes"), "{words}");
}

#[test]
fn the_console_runs_a_phone_and_records_it() {
    let switch = Switch::start();
    let driver = Driver::start().expect("a driver");
    let dir = tempfile::tempdir().expect("a folder");
    let file = dir.path().join("heard.wav");
    let a = plug_in(&driver, &switch, "SEP000000000007", &profile::CISCO_7960, 7);
    let b = plug_in(&driver, &switch, "SEP000000000008", &profile::CISCO_7965, 8);
    registered(&a);
    registered(&b);
    let mut console = Console::new(a.clone());
    let mut say = |line: &str| console.line(line).unwrap_or_else(|error| panic!("{line}: {error}"));
    say(&format!("record {}", file.display()));
    say("dial 1008");
    b.wait_for("ringing", SOON, |phone| phone.ringing()).unwrap_or_else(|no| panic!("{no}"));
    b.act(Act::SoftKey("Answer")).expect("b answers");
    connected(&a);
    hears(&b, 2);
    let Reply::Said(stats, _) = say("stats") else { panic!("stats say something") };
    assert!(stats.contains("packets sent"), "{stats}");
    let Reply::Said(status, _) = say("status") else { panic!("the screen says something") };
    assert!(status.contains("connected to 1008"), "{status}");
    say("hangup");
    a.wait_for("the end", SOON, |phone| phone.calls().is_empty()).unwrap_or_else(|no| panic!("{no}"));
    say("record off");
    let Reply::Said(history, _) = say("history") else { panic!("history says something") };
    assert!(history.starts_with("placed    1008"), "{history}");
    assert_eq!(
        console.line("press Resume").map_err(|e| e.to_string()).unwrap_err(),
        "no softkey \"Resume\" is shown; shown are: Redial, NewCall"
    );
    let heard = media::wav::read(std::fs::File::open(&file).expect("the recording")).expect("a WAV file");
    assert_eq!((heard.rate_hz, heard.channels), (RATE_HZ, 1));
    assert!(Signature::nth(8).is_in(&heard.samples, RATE_HZ));
}

/// Output of the console that the test can read.
#[derive(Clone, Default)]
struct Screen(std::sync::Arc<std::sync::Mutex<Vec<u8>>>);

impl std::io::Write for Screen {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("no panic").extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn run_script(script: &str, json: bool, edit: impl FnOnce(&mut Options)) -> (String, Result<(), RunError>) {
    let switch = Switch::start();
    let mut options = Options {
        boot: None,
        trust: None,
        servers: vec![switch.address.to_string()],
        name: "SEP00000000000A".into(),
        model: "7960".into(),
        play: None,
        repeat: false,
        record: None,
        json,
        strict: true,
        bind: None,
        remote: None,
        web: None,
    };
    edit(&mut options);
    let screen = Screen::default();
    let done = softphone::run_on(&options, &mut script.as_bytes(), Box::new(screen.clone()));
    let text = String::from_utf8(screen.0.lock().expect("no panic").clone()).expect("text");
    (text, done)
}

#[test]
fn a_script_on_standard_input_is_a_phone() {
    let (text, done) = run_script(
        "help\nwait registered\nwait 0.1\nnonsense\npress NewCall\nkeys 7777\nwait 0.3\nquit\nstatus\n",
        false,
        |_| {},
    );
    done.unwrap_or_else(|error| panic!("{error}"));
    for line in [
        "calls      dial NUMBER",
        "registered, protocol 11",
        "softkeys  Redial  NewCall",
        "\"nonsense\" is no command",
        "tone      reorder tone",
        "off hook",
    ] {
        assert!(text.contains(line), "{line} is not in:\n{text}");
    }
    assert!(text.trim_end().ends_with("off"), "it takes its leave:\n{text}");
}

#[test]
fn events_are_one_object_a_line() {
    let (text, done) = run_script("wait registered\nwait ringing 0.01\nstatus\npress Answer\n", true, |_| {});
    done.unwrap_or_else(|error| panic!("{error}"));
    let objects: Vec<serde_json::Value> =
        text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}"))).collect();
    let has = |key: &str, value: &str| objects.iter().any(|object| object[key] == value);
    assert!(has("event", "registration") && has("event", "softkeys"));
    assert!(objects.iter().any(|object| object["softkeys"][1] == "NewCall"));
    assert!(has("error", "no softkey \"Answer\" is shown; shown are: Redial, NewCall"));
}

#[test]
fn what_can_not_run_says_why() {
    let (_, done) = run_script("", false, |options| options.model = "7999".into());
    assert!(done.expect_err("no such model").to_string().contains("7960"));
    let (_, done) = run_script("", false, |options| options.servers = vec!["no such host.invalid".into()]);
    assert!(done.expect_err("no such host").to_string().starts_with("server no such host.invalid:"));
    let (_, done) = run_script("", false, |options| options.play = Some("/nowhere.wav".into()));
    assert!(done.expect_err("no such file").to_string().starts_with("/nowhere.wav:"));
}

#[test]
fn a_wrong_number_is_heard() {
    let switch = Switch::start();
    let driver = Driver::start().expect("a driver");
    let phone = plug_in(&driver, &switch, "SEP000000000009", &profile::CISCO_7960, 9);
    registered(&phone);
    phone.act(Act::Dial("7777")).expect("it dials");
    phone
        .wait_for("reorder tone", SOON, |phone| phone.tone() == Some(skinny::codes::DeviceTone::REORDER_TONE))
        .unwrap_or_else(|no| panic!("{no}"));
}
