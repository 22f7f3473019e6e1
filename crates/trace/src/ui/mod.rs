//! The terminal UI: calls and registrations, ladders, messages, after the ways of sngrep.
//!
//! [`app`](App) is what is shown and what keys do, without a terminal; [`run`] gives it one. A thread of its own reads the
//! sources, so that calls can be looked at from the first moment.

mod app;
mod book;
mod filter;
mod help;
mod ladder;
mod list;
mod save;
#[cfg(test)]
mod tests;

use std::io;
use std::time::Duration;

use ratatui::crossterm::event::{
    self, DisableMouseCapture, EnableMouseCapture, Event as Input, KeyEventKind, MouseEventKind,
};
use ratatui::crossterm::execute;

use crate::source::Inputs;

pub use app::App;
pub use book::{Book, Reading};
pub use theme::Theme;

/// How often the screen is drawn anew while sources are read.
const FRAME: Duration = Duration::from_millis(150);

/// Shows sources until the user has had enough.
///
/// # Errors
/// When the terminal fails.
pub fn run(inputs: Inputs, follow: bool, theme: Option<Theme>) -> io::Result<()> {
    let reading = Reading::start(inputs, follow)?;
    let mut app = App::new(reading, theme.unwrap_or_else(Theme::of_environment), follow);
    let mut terminal = ratatui::try_init()?;
    // A terminal without a mouse is no reason to stop.
    let _ = execute!(io::stdout(), EnableMouseCapture);
    let result = show(&mut terminal, &mut app);
    let _ = execute!(io::stdout(), DisableMouseCapture);
    ratatui::restore();
    result
}

fn show(terminal: &mut ratatui::DefaultTerminal, app: &mut App) -> io::Result<()> {
    while !app.has_ended() {
        app.tick();
        terminal.draw(|frame| app.draw(frame))?;
        if !event::poll(FRAME)? {
            continue;
        }
        // All that waits at once: a held key must not lag behind.
        loop {
            match event::read()? {
                Input::Key(key) if key.kind != KeyEventKind::Release => app.key(key),
                Input::Mouse(mouse) => match mouse.kind {
                    MouseEventKind::ScrollDown => app.scroll(3),
                    MouseEventKind::ScrollUp => app.scroll(-3),
                    MouseEventKind::Down(_) => app.click(mouse.column, mouse.row),
                    _ => {}
                },
                _ => {}
            }
            if app.has_ended() || !event::poll(Duration::ZERO)? {
                break;
            }
        }
    }
    Ok(())
}
