//! What a scenario is, as data: the Rust API, and what a file is read into.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

/// A scenario. [`Scenario::parse`](super::read) reads one from TOML; tests may build one.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Scenario {
    /// What it is called in reports.
    pub name: String,
    /// What it shows, in a sentence.
    pub description: String,
    /// Variables and their first values.
    pub variables: BTreeMap<String, String>,
    /// The phones, by the names that steps use.
    pub phones: BTreeMap<String, Seat>,
    /// How long an expectation waits unless it says so itself, in seconds.
    pub within: f64,
    /// What happens.
    pub steps: Vec<Step>,
    /// Where files that it names are looked for.
    pub folder: PathBuf,
}

/// How long an expectation waits unless the scenario says otherwise, in seconds.
pub const WITHIN_SECS: f64 = 5.0;
/// Times that a `repeat` or `each` may go round.
pub const ROUNDS_MAX: u32 = 1_000_000;
/// Scenarios within scenarios.
pub const DEPTH_MAX: usize = 16;
/// Branches of a `parallel`.
pub const BRANCHES_MAX: usize = 64;

/// A phone of a scenario. Every text may hold variables.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Seat {
    /// Device name, such as `SEP001122334455`.
    pub device: String,
    /// The model; a 7960 where it is empty.
    pub model: String,
    /// Its servers in order; those of the command line where there are none.
    pub servers: Vec<String>,
    /// A file server, from which it boots before it registers; empty: it does not.
    pub boot: String,
    /// The address from which it connects.
    pub bind: String,
    /// What it says: `speech N`, `nothing`, or a WAV file.
    pub say: String,
    /// It stays without power until a step plugs it in.
    pub off: bool,
    /// It hangs up on a server that its model would choke on.
    pub strict: bool,
    /// It asks for a token before it registers.
    pub token: bool,
    /// It holds a connection to its second server.
    pub standby: bool,
    /// It comes back in mid-call, as wireless phones do.
    pub reconnect_in_call: bool,
}

/// A step, and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// The line of its file; 0 for one that stands in no file.
    pub line: usize,
    /// What it does.
    pub deed: Deed,
}

/// What a step does.
#[derive(Debug, Clone, PartialEq)]
pub enum Deed {
    /// A phone obeys commands of the console (`dial 1002`, `press Hold`).
    Act {
        /// Which phone.
        phone: String,
        /// One after the other.
        commands: Vec<String>,
        /// The phone must refuse with these words.
        refused: Option<String>,
        /// How long a key may take to appear, in seconds.
        within: Option<String>,
    },
    /// A phone shows something, or must not.
    Expect(Expectation),
    /// A phone hears something.
    Hear(Hearing),
    /// A phone's boot went like this.
    Booted(Booting),
    /// Takes what a phone shows into a variable; `NAME_digits` has its digits only.
    Take {
        /// Which phone.
        phone: String,
        /// What of it: a subject of [`super::subject::SUBJECTS`].
        subject: String,
        /// The variable.
        variable: String,
    },
    /// Sets variables.
    Set(BTreeMap<String, String>),
    /// Lets time pass, in seconds.
    Wait(String),
    /// Says something in the report.
    Log(String),
    /// Ends the scenario as failed.
    Fail(String),
    /// Sends a message, well-formed or not.
    Send(RawMessage),
    /// Disturbs a phone's network.
    Network {
        /// Which phone.
        phone: String,
        /// How.
        faults: Vec<(String, String)>,
    },
    /// The same steps several times.
    Repeat {
        /// How often.
        times: String,
        /// The variable that counts from 1.
        counter: Option<String>,
        /// What.
        steps: Vec<Step>,
    },
    /// The same steps for each row of a CSV file, whose first row names the variables.
    Each {
        /// The file.
        file: String,
        /// What.
        steps: Vec<Step>,
    },
    /// Steps only when a phone shows something.
    If {
        /// What.
        expectation: Expectation,
        /// Then.
        then: Vec<Step>,
        /// Otherwise.
        otherwise: Vec<Step>,
    },
    /// Steps only when a text with variables is another one.
    When {
        /// The text.
        text: String,
        /// What it is compared with.
        is: String,
        /// Then.
        then: Vec<Step>,
        /// Otherwise.
        otherwise: Vec<Step>,
    },
    /// One of several, by the seed.
    Choose(Vec<Vec<Step>>),
    /// All at the same time; each goes on with copies of the variables.
    Parallel(Vec<Vec<Step>>),
    /// Waits until all branches of a `parallel` that have this barrier are here.
    Barrier(String),
    /// Another scenario's steps, with this one's phones and variables.
    Run {
        /// The other scenario.
        scenario: Arc<Scenario>,
        /// Variables for it.
        with: BTreeMap<String, String>,
    },
}

/// What a phone shows.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Expectation {
    /// Which phone.
    pub phone: String,
    /// Subjects and what each is to be; all at the same time.
    pub wanted: Vec<(String, Vec<String>)>,
    /// A message that comes, or goes.
    pub message: Option<MessageWanted>,
    /// How long it may take, in seconds.
    pub within: Option<String>,
    /// It must *not* be seen in that time.
    pub never: bool,
}

/// A message on the wire, since the last one that was expected of the phone.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct MessageWanted {
    /// Its name or number.
    pub name: String,
    /// Fields and what each is to be.
    pub fields: Vec<(String, String)>,
    /// Who sends it: the phone, or the server.
    pub sent: bool,
}

/// What a phone hears.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Hearing {
    /// Which phone.
    pub phone: String,
    /// Whom: what that phone says is looked for in what this one hears.
    pub from: Option<String>,
    /// How alike they must be, 0 to 1.
    pub correlation: Option<String>,
    /// The longest delay, in milliseconds.
    pub delay_max_ms: Option<String>,
    /// How much louder or less loud it may be, in decibels.
    pub level_db: Option<String>,
    /// A tone of this frequency, in Hz.
    pub tone_hz: Option<String>,
    /// These digits, as telephone events or as tones.
    pub digits: Option<String>,
    /// `true`: nothing at all, as long as `within` says.
    pub silence: bool,
    /// Anything that is not silence.
    pub sound: bool,
    /// How long it may take, in seconds.
    pub within: Option<String>,
}

/// A message to break the rules with.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RawMessage {
    /// Which phone sends it.
    pub phone: String,
    /// A message by name, in the layout of the phone's version.
    pub message: Option<String>,
    /// Its fields.
    pub fields: Option<FieldsOf>,
    /// Or the bytes, header included.
    pub hex: Option<String>,
    /// Only so many bytes of it are sent.
    pub cut: Option<String>,
    /// The header says this length.
    pub length: Option<String>,
}

/// Fields of a message as they stand in the file.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldsOf(pub(super) super::node::Node);

/// How a phone's boot went.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Booting {
    /// Which phone.
    pub phone: String,
    /// Files that it asked for, in this order, others in between allowed; `!FILE` was not there.
    pub asked: Vec<String>,
    /// How it asked: `TFTP` or `HTTP`.
    pub over: Option<String>,
    /// Where its configuration sends it first.
    pub server: Option<String>,
}
