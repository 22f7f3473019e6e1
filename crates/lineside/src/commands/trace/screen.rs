//! `lineside trace --ui`: the terminal UI.

use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, ValueEnum};

use super::sources::Sources;

/// The terminal UI.
#[derive(Debug, Args)]
pub(super) struct Screen {
    /// Look at it on the terminal: calls, registrations, ladders, messages (F1 there shows the keys)
    #[arg(long)]
    ui: bool,
    /// In the terminal UI, and with --watch: read on as files grow
    #[arg(long)]
    follow: bool,
    /// Colours of the terminal UI; by the terminal's own ground when not given
    #[arg(long, value_enum)]
    theme: Option<Colours>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Colours {
    Dark,
    Light,
    Plain,
}

impl Screen {
    /// Whether it is wanted.
    pub fn is_asked_for(&self) -> bool {
        self.ui
    }

    /// Whether files are read on as they grow.
    pub fn follows(&self) -> bool {
        self.follow
    }

    /// Shows it until the user has had enough.
    #[cfg(feature = "ui")]
    pub fn show(&self, sources: &Sources) -> Result<ExitCode> {
        use std::io::IsTerminal;

        use trace::ui::Theme;

        if !std::io::stdout().is_terminal() {
            anyhow::bail!(
                "the terminal UI needs a terminal; without --ui the same comes as tables, and with --json as JSON"
            );
        }
        let theme = self.theme.map(|theme| match theme {
            Colours::Dark => Theme::Dark,
            Colours::Light => Theme::Light,
            Colours::Plain => Theme::Plain,
        });
        trace::ui::run(sources.find()?, self.follow || !sources.interface.is_empty(), theme)?;
        Ok(ExitCode::SUCCESS)
    }

    /// Shows it until the user has had enough.
    #[cfg(not(feature = "ui"))]
    pub fn show(&self, _sources: &Sources) -> Result<ExitCode> {
        anyhow::bail!("this program was built without its terminal UI: build it with --features ui")
    }
}
