//! Groups of lines: hunt groups, which share the calls to one number, and night service, which sends the
//! calls of several numbers elsewhere while it is on. And what buttons can stand for beside lines and numbers.

use serde::{Deserialize, Serialize};

/// Lines that share the calls to one number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct HuntGroup {
    /// What callers and members see.
    pub name: String,
    /// Directory numbers of its members, in order.
    pub members: Vec<String>,
    /// Who is asked first.
    pub algorithm: Algorithm,
    /// Seconds that it rings at one member, or, if all ring at once, at all.
    pub ring_secs: u32,
    /// Where a call goes that nobody took; none: the caller hears that nobody did.
    pub at_end: Option<String>,
    /// Who may call it; empty: everybody.
    pub partition: String,
    /// What `at_end` may be: a calling search space; empty: what is in no partition.
    pub calling_search_space: String,
}

impl Default for HuntGroup {
    fn default() -> Self {
        HuntGroup {
            name: String::new(),
            members: Vec::new(),
            algorithm: Algorithm::TopDown,
            ring_secs: 10,
            at_end: None,
            partition: String::new(),
            calling_search_space: String::new(),
        }
    }
}

/// Which member of a hunt group a call goes to first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Algorithm {
    /// Always the first one, then the next.
    #[default]
    TopDown,
    /// The one behind the one that was asked last.
    Circular,
    /// The one whose line has been without a call for longest.
    LongestIdle,
    /// All at once.
    Broadcast,
}

impl Algorithm {
    /// Every algorithm.
    pub const ALL: [Algorithm; 4] =
        [Algorithm::TopDown, Algorithm::Circular, Algorithm::LongestIdle, Algorithm::Broadcast];

    /// Its name in `lineside.toml`.
    pub fn word(self) -> &'static str {
        match self {
            Algorithm::TopDown => "top_down",
            Algorithm::Circular => "circular",
            Algorithm::LongestIdle => "longest_idle",
            Algorithm::Broadcast => "broadcast",
        }
    }
}

/// Lines whose calls go elsewhere while nobody is there.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct NightService {
    /// Numbers of lines and hunt groups.
    pub lines: Vec<String>,
    /// The number that their calls go to; none: they ring at `ring`.
    pub to: Option<String>,
    /// Numbers of the lines at which they ring, all at once.
    pub ring: Vec<String>,
    /// Whether they are refused: who calls hears that it is closed.
    pub closed: bool,
}

/// What a feature button does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ButtonFeature {
    /// Leaves the hunt groups, and comes back to them. Lit while logged in.
    HuntLog,
    /// Switches a night service, by its name. Lit while it is on.
    NightService(String),
    /// Do not disturb. Lit while it is on.
    DoNotDisturb,
    /// Forwards all calls. Lit while they are forwarded.
    ForwardAll,
    /// Call back, and its end.
    CallBack,
    /// Takes a call that rings in the own pickup group.
    PickUp,
    /// Takes a call that rings at a number.
    GroupPickUp,
    /// Parks.
    Park,
    /// Transfers.
    Transfer,
    /// Holds, and takes back.
    Hold,
    /// Dials the last number again.
    Redial,
    /// Brings somebody in.
    Conference,
    /// Opens a conference with a number.
    MeetMe,
    /// Who is in a conference.
    ConferenceList,
    /// Removes who came last.
    RemoveLast,
    /// Hides calls from other phones of their lines. Lit while it is on.
    Privacy,
}

impl ButtonFeature {
    /// The feature with a name, as `lineside.toml` has it; a night service is named otherwise.
    pub fn of_word(word: &str) -> Option<ButtonFeature> {
        ButtonFeature::WORDS.iter().find(|(known, _)| *known == word).map(|(_, feature)| feature.clone())
    }

    /// Features by their names.
    pub const WORDS: &'static [(&'static str, ButtonFeature)] = &[
        ("hunt_log", ButtonFeature::HuntLog),
        ("do_not_disturb", ButtonFeature::DoNotDisturb),
        ("forward_all", ButtonFeature::ForwardAll),
        ("call_back", ButtonFeature::CallBack),
        ("pick_up", ButtonFeature::PickUp),
        ("group_pick_up", ButtonFeature::GroupPickUp),
        ("park", ButtonFeature::Park),
        ("transfer", ButtonFeature::Transfer),
        ("hold", ButtonFeature::Hold),
        ("redial", ButtonFeature::Redial),
        ("conference", ButtonFeature::Conference),
        ("meet_me", ButtonFeature::MeetMe),
        ("conference_list", ButtonFeature::ConferenceList),
        ("remove_last", ButtonFeature::RemoveLast),
        ("privacy", ButtonFeature::Privacy),
    ];
}
