//! Which messages a generation knows.
//!
//! A 7975 closes the connection on ClearDisplay, a 7911 resets on ids that it does not know: so what is not
//! in this list is never sent, wherever it was thought of (real-phones.md 3). A message that answers a
//! request is safe for whoever can ask; others are listed for those that real call managers send them to.

use super::Generation;

use Generation::{Analogue, Classic, Java, Late, Port, Resource, Selsius, Spcp};

/// What a message needs beside a generation that knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    /// Nothing.
    Nothing,
    /// Protocol version 17 or above.
    Modern,
    /// Protocol version 17 or above and feature bit 24; SPA phones take the prompts of them at any version.
    Dynamic,
    /// The model has softkeys.
    Softkeys,
}

/// To whom a message may be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// The message.
    pub id: u32,
    /// Bits of the generations that know it.
    pub generations: u8,
    /// What else it needs.
    pub needs: Needs,
    /// Whether it may be sent to a connection that has not registered, of which no generation is known.
    pub is_first: bool,
}

impl Rule {
    /// A message that nobody is sent.
    pub const NEVER: Rule = Rule { id: 0, generations: 0, needs: Needs::Nothing, is_first: false };

    /// Whether a generation knows the message.
    pub const fn is_known_to(&self, generation: Generation) -> bool {
        self.generations & generation.bit() != 0
    }
}

const fn set(generations: &[Generation]) -> u8 {
    let mut bits = 0;
    let mut place = 0;
    while place < generations.len() {
        bits |= generations[place].bit();
        place += 1;
    }
    bits
}

/// Every phone.
const ALL: u8 = set(&[Selsius, Classic, Java, Late, Spcp, Analogue, Port]);
/// Everything that registers.
const EVERY: u8 = ALL | MIXER;
/// Hardware that is used in calls.
const MIXER: u8 = set(&[Resource]);
/// Whoever has softkeys, and ports that ask for them all the same.
const KEYED: u8 = set(&[Classic, Java, Late, Spcp, Analogue, Port]);
/// Phones with a screen that CallManager 3 and later knew.
const SCREEN: u8 = set(&[Classic, Java, Late, Spcp]);
/// The generations that the project's references send their newer messages to.
const NEW: u8 = set(&[Java, Late]);
/// The same and ports, which count digits.
const DIGITS: u8 = set(&[Java, Late, Port]);
/// Phones that CallManager 2 and 3 spoke to.
const OLD: u8 = set(&[Selsius, Classic]);

const fn rule(id: u32, generations: u8) -> Rule {
    Rule { id, generations, needs: Needs::Nothing, is_first: false }
}

const fn first(id: u32, generations: u8) -> Rule {
    Rule { is_first: true, ..rule(id, generations) }
}

const fn needing(id: u32, generations: u8, needs: Needs) -> Rule {
    Rule { needs, ..rule(id, generations) }
}

/// Every message that phones are sent, in ascending order.
pub const RULES: &[Rule] = &[
    rule(0x0081, EVERY),
    rule(0x0082, ALL),
    rule(0x0083, ALL),
    rule(0x0085, ALL),
    rule(0x0086, ALL),
    // Hook flash drives transfer where there are no softkeys: 6901, 6911, telephones behind adapters.
    rule(0x0087, set(&[Late, Analogue])),
    rule(0x0088, ALL),
    rule(0x0089, SCREEN),
    rule(0x008a, EVERY),
    rule(0x008b, EVERY),
    // What CallManager 2 sent in the place of OpenReceiveChannel (capture pyskinny-cm2_register).
    rule(0x008c, set(&[Selsius])),
    rule(0x008d, set(&[Selsius])),
    rule(0x008f, ALL),
    rule(0x0090, ALL),
    rule(0x0091, ALL),
    rule(0x0092, ALL),
    rule(0x0093, ALL),
    rule(0x0094, ALL),
    rule(0x0097, ALL),
    rule(0x0098, EVERY),
    rule(0x0099, OLD),
    rule(0x009a, OLD),
    rule(0x009b, EVERY),
    first(0x009d, EVERY),
    rule(0x009e, ALL),
    rule(0x009f, EVERY),
    first(0x0100, EVERY),
    rule(0x0101, SCREEN),
    rule(0x0102, SCREEN),
    rule(0x0103, SCREEN),
    rule(0x0104, SCREEN),
    rule(0x0105, EVERY),
    rule(0x0106, EVERY),
    rule(0x0107, ALL),
    rule(0x0108, KEYED),
    rule(0x0109, KEYED),
    needing(0x0110, SCREEN, Needs::Softkeys),
    rule(0x0111, ALL),
    rule(0x0112, ALL),
    rule(0x0113, ALL),
    rule(0x0114, SCREEN),
    rule(0x0115, SCREEN),
    rule(0x0116, ALL),
    rule(0x0117, SCREEN),
    first(0x0118, EVERY),
    rule(0x0119, ALL),
    first(0x011a, EVERY),
    first(0x011b, EVERY),
    rule(0x011c, NEW),
    rule(0x011d, ALL),
    rule(0x011e, SCREEN),
    rule(0x011f, ALL),
    rule(0x0120, SCREEN),
    rule(0x0121, SCREEN),
    rule(0x0127, DIGITS),
    rule(0x0128, DIGITS),
    rule(0x0129, DIGITS),
    rule(0x012c, DIGITS),
    rule(0x012f, ALL),
    rule(0x0130, SCREEN),
    rule(0x0131, NEW),
    rule(0x0132, NEW),
    rule(0x0133, NEW),
    rule(0x0134, NEW),
    rule(0x0135, NEW),
    rule(0x0136, NEW),
    rule(0x0137, MIXER),
    rule(0x0138, MIXER),
    rule(0x0139, MIXER),
    rule(0x013a, MIXER),
    rule(0x013b, MIXER),
    rule(0x013c, MIXER),
    rule(0x013d, MIXER),
    rule(0x013f, NEW),
    rule(0x0140, NEW),
    needing(0x0143, NEW, Needs::Dynamic),
    needing(0x0144, set(&[Java, Late, Spcp]), Needs::Dynamic),
    needing(0x0145, set(&[Java, Late, Spcp]), Needs::Dynamic),
    needing(0x0146, NEW, Needs::Dynamic),
    needing(0x0147, NEW, Needs::Dynamic),
    needing(0x0148, NEW, Needs::Dynamic),
    needing(0x014a, NEW, Needs::Dynamic),
    needing(0x014b, NEW, Needs::Modern),
    needing(0x014c, NEW, Needs::Modern),
    // The answer to a key that only wireless phones have.
    rule(0x0152, SCREEN),
    needing(0x0156, NEW, Needs::Modern),
    // The answer to voice-mail ports that set a lamp.
    rule(0x0158, set(&[Port])),
    rule(0x015f, ALL),
    needing(0x0160, NEW, Needs::Modern),
    Rule { is_first: true, ..rule(0x8100, set(&[Spcp])) },
    Rule { is_first: true, ..rule(0x8101, set(&[Spcp])) },
];

/// The rule of a message. Evaluated by the compiler where the message is known to it.
pub const fn rule_of(id: u32) -> Rule {
    let mut place = 0;
    while place < RULES.len() {
        if RULES[place].id == id {
            return RULES[place];
        }
        place += 1;
    }
    Rule::NEVER
}
