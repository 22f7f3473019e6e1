//! What keys mean, and what the terminal UI wants done.

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use crate::console::Command;

/// A key of the phone, or of the program around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Press {
    /// A softkey by its place on the screen, from 0.
    SoftKey(usize),
    /// A button beside the screen, from 0.
    Button(usize),
    /// A key of the dial pad.
    Pad(char),
    /// Lifts or puts down the handset.
    Handset,
    /// The speaker button.
    Speaker,
    /// The headset button.
    Headset,
    /// The microphone, off and on.
    Mute,
    /// Hold, and back.
    Hold,
    /// Transfer.
    Transfer,
    /// The last number again.
    Redial,
    /// The mailbox.
    Messages,
    /// The lists of calls, and directories.
    Directories,
    /// Services.
    Services,
    /// What the phone knows of itself.
    Info,
    /// Louder.
    Louder,
    /// Less loud.
    Quieter,
    /// How it rings: the bell, vibrating on wireless models, silent.
    Bell,
    /// The cursor up.
    Up,
    /// The cursor down.
    Down,
    /// A row of a list or a call, from 0.
    Row(usize),
    /// A part of a picture, by the row of its link.
    Touch(usize),
    /// The middle of the cursor keys.
    Enter,
    /// Takes the last digit back.
    Erase,
    /// Out of a menu; ends what is typed.
    Escape,
    /// The next key of the screen.
    Next,
    /// The key before.
    Previous,
    /// Any other letter, for forms.
    Letter(char),
    /// Other colours.
    Theme,
    /// The keys.
    Help,
    /// End.
    Quit,
}

/// What the UI wants done.
#[derive(Debug, Clone)]
pub enum Deed {
    /// A command of the console.
    Command(Command),
    /// A page of a service is wanted.
    Fetch(String),
    /// Data for the server: application, line, call, transaction, data.
    Tell(u32, u32, u32, u32, String),
    /// A file of the file server is to be played.
    Play(String),
    /// The lists of calls are to be empty.
    ForgetCalls,
    /// The microphone is covered, or not.
    Mute(bool),
    /// How loud it is, 0 to [`VOLUME_MAX`].
    Volume(u8),
}

pub use crate::sound::VOLUME_MAX;

/// What a key of the keyboard means. `typing`: letters go into a form.
pub(super) fn press_of(key: KeyEvent, typing: bool) -> Option<Press> {
    let control = key.modifiers.contains(KeyModifiers::CONTROL);
    let alt = key.modifiers.contains(KeyModifiers::ALT);
    Some(match key.code {
        KeyCode::Char('c') if control => Press::Quit,
        KeyCode::Char('l') if control => Press::Theme,
        KeyCode::Char(digit @ '1'..='9') if alt => Press::Button(digit as usize - '1' as usize),
        KeyCode::F(number @ 1..=6) => Press::SoftKey(usize::from(number) - 1),
        KeyCode::F(number @ 7..=12) => Press::Button(usize::from(number) - 7),
        KeyCode::Up => Press::Up,
        KeyCode::Down => Press::Down,
        KeyCode::Enter => Press::Enter,
        KeyCode::Backspace | KeyCode::Delete => Press::Erase,
        KeyCode::Esc => Press::Escape,
        KeyCode::Tab | KeyCode::Right => Press::Next,
        KeyCode::BackTab | KeyCode::Left => Press::Previous,
        KeyCode::Char(letter) if typing && !control && !alt => Press::Letter(letter),
        KeyCode::Char(key @ ('0'..='9' | '*' | '#')) => Press::Pad(key),
        KeyCode::Char(letter) if !control => letter_press(letter)?,
        _ => return None,
    })
}

fn letter_press(letter: char) -> Option<Press> {
    Some(match letter {
        'h' | ' ' => Press::Handset,
        's' => Press::Speaker,
        'e' => Press::Headset,
        'm' => Press::Mute,
        'o' => Press::Hold,
        't' => Press::Transfer,
        'r' => Press::Redial,
        'v' => Press::Messages,
        'd' => Press::Directories,
        'x' => Press::Services,
        'i' => Press::Info,
        '+' | '=' => Press::Louder,
        '-' => Press::Quieter,
        'b' => Press::Bell,
        'k' => Press::Up,
        'j' => Press::Down,
        'T' => Press::Theme,
        '?' => Press::Help,
        'q' => Press::Quit,
        _ => return None,
    })
}

/// What the keys do.
pub(super) const HELP: &str = "\
0-9 * #     the dial pad; before a call: type, then Enter
F1-F6       the softkeys, from the left
Alt+1-9     the buttons beside the screen; also F7-F12
h, Space    handset up and down
s  e        speaker, headset
m  o  t     mute, hold and resume, transfer
r           redial
v           messages
d           missed, received, placed calls; directories
x           services
i           the phone: model, server, media
+  -        volume        b  bell, vibrate, silent
Up Down     calls and menus; Enter chooses, Esc leaves
Tab         from key to key; Enter presses it
T           dark, light, plain
q, Ctrl-C   end           ?  this help
The mouse presses every key.";
