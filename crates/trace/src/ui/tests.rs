//! The screen as a user sees it, key by key.

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::*;
use crate::source::{Input, Inputs};

fn app(captures: Vec<Vec<u8>>) -> App {
    let inputs = captures
        .into_iter()
        .enumerate()
        .map(|(n, bytes)| Input::from_bytes(&format!("{n}.pcap"), bytes).unwrap());
    let inputs = Inputs { inputs: inputs.collect(), ..Inputs::default() };
    let mut app = App::new(Reading::start(inputs, false).unwrap(), Theme::Plain, false);
    app.wait();
    app
}

fn press(app: &mut App, keys: &str) {
    for c in keys.chars() {
        let code = match c {
            '\n' => KeyCode::Enter,
            '\t' => KeyCode::Tab,
            '\u{1b}' => KeyCode::Esc,
            c => KeyCode::Char(c),
        };
        app.key(KeyEvent::new(code, KeyModifiers::NONE));
    }
}

fn screen(app: &mut App, width: u16, height: u16) -> String {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| app.draw(frame)).unwrap();
    let buffer = terminal.backend().buffer();
    let rows = buffer.content.chunks(usize::from(width));
    rows.map(|row| row.iter().map(|cell| cell.symbol()).collect::<String>().trim_end().to_owned() + "\n")
        .collect()
}

#[test]
fn from_the_list_to_a_message() {
    let mut app = app(vec![crate::example::capture()]);
    insta::assert_snapshot!("list", screen(&mut app, 110, 10));
    press(&mut app, "\t");
    insta::assert_snapshot!("registrations", screen(&mut app, 120, 10));
    press(&mut app, "\t\n");
    insta::assert_snapshot!("ladder", screen(&mut app, 150, 24));
    press(&mut app, "/ringin\n\n");
    let message = screen(&mut app, 100, 24);
    assert!(message.contains("CallState") && message.contains("call_state: RingIn"), "{message}");
    press(&mut app, "qq");
    assert!(screen(&mut app, 100, 24).contains("Calls: 1 of 1"));
    press(&mut app, "q");
    assert!(app.has_ended());
}

#[test]
fn a_window_without_room_for_lifelines_lists_who_says_what_to_whom() {
    let mut app = app(vec![crate::example::capture()]);
    press(&mut app, "\n");
    let text = screen(&mut app, 50, 12);
    assert!(text.contains("1 SEP001122334460  2 call manager"), "{text}");
    assert!(text.contains("2→1 ~SetRinger RingOff") && text.contains("2→1 CallState OffHook"), "{text}");
    assert!(screen(&mut app, 12, 4).contains("Call"));
}

#[test]
fn filters_narrow_while_they_are_typed_and_escape_ends_them() {
    let mut app = app(vec![crate::example::capture()]);
    press(&mut app, "/outcome:nothing");
    assert!(screen(&mut app, 100, 12).contains("Calls: 0 of 1"));
    press(&mut app, "\n\u{1b}");
    assert!(screen(&mut app, 100, 12).contains("Calls: 1 of 1"));
    assert!(!app.has_ended());
}

#[test]
fn two_calls_are_compared() {
    let (call, events, registrations) = crate::draw::fixture();
    let other = crate::draw::capture::write(
        Vec::new(),
        &call,
        &events,
        &crate::analysis::Directory::of(&registrations),
        &mut Default::default(),
    )
    .unwrap();
    let mut app = app(vec![crate::example::capture(), other]);
    press(&mut app, "d");
    assert!(screen(&mut app, 140, 24).contains("mark two calls"));
    press(&mut app, "  d");
    let both = screen(&mut app, 200, 24);
    assert_eq!(both.matches("┌ Call ").count(), 2, "{both}");
    press(&mut app, " j");
    let two = screen(&mut app, 200, 24);
    assert!(two.contains(" against ") && two.contains('≠'), "{two}");
}

#[test]
fn any_keys_on_any_screen_do_no_harm() {
    let mut app = app(vec![crate::example::capture()]);
    let mut seed: u32 = 7;
    for _ in 0..3000 {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let codes = [
            KeyCode::Up,
            KeyCode::Down,
            KeyCode::PageDown,
            KeyCode::Home,
            KeyCode::End,
            KeyCode::Left,
            KeyCode::Right,
            KeyCode::Enter,
            KeyCode::Tab,
            KeyCode::Char(' '),
            KeyCode::Char('/'),
            KeyCode::Char('x'),
            KeyCode::Char('c'),
            KeyCode::Char('d'),
            KeyCode::Char('v'),
            KeyCode::Char('9'),
            KeyCode::Char('<'),
            KeyCode::Char('z'),
            KeyCode::Char('t'),
            KeyCode::Char('?'),
            KeyCode::Char('i'),
            KeyCode::Char('n'),
            KeyCode::Backspace,
            KeyCode::Char(']'),
            KeyCode::Char('p'),
            KeyCode::Char('ü'),
        ];
        app.key(KeyEvent::new(codes[(seed >> 16) as usize % codes.len()], KeyModifiers::NONE));
        if seed.is_multiple_of(7) {
            let (width, height) = ((seed >> 8) as u16 % 160 + 1, (seed >> 20) as u16 % 50 + 1);
            app.scroll(2);
            app.click(width / 2, height / 2);
            screen(&mut app, width, height);
        }
    }
}

#[test]
fn hostile_names_reach_no_terminal() {
    let (call, events, registrations) = crate::draw::fixture();
    let file = crate::draw::capture::write(
        Vec::new(),
        &call,
        &events,
        &crate::analysis::Directory::of(&registrations),
        &mut Default::default(),
    )
    .unwrap();
    let mut app = app(vec![file]);
    press(&mut app, "\n");
    let all = screen(&mut app, 160, 30);
    assert!(!all.contains('\u{1b}') && !all.chars().any(|c| c.is_control() && c != '\n'));
}
