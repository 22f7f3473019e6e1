//! Makes the null server's table from what the real server did.
//!
//! The caller hands in every frame in the order in which the server's thread saw and made them, so that what
//! follows a phone's message is the answer to it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::pair::Side;

use super::script::Target;

/// A message of a phone: side, id, how many of that id the pair had sent in this call.
type Case = (Side, u32, u16);

/// Bytes to one phone, then to the other, as they came.
type Answers = Vec<(Target, Vec<u8>)>;

/// Gathers a table.
#[derive(Debug, Default)]
pub struct Recorder {
    counts: BTreeMap<u32, u16>,
    current: Option<(Side, usize)>,
    cases: Vec<(Case, Answers)>,
    is_known: bool,
}

impl Recorder {
    /// Another server and other phones, which do the same as the last ones.
    pub fn restart(&mut self) {
        self.counts.clear();
        self.current = None;
    }

    /// A phone sent a message.
    pub fn incoming(&mut self, side: Side, id: u32) {
        const OFF_HOOK: u32 = 6;
        if id == OFF_HOOK && side == Side::Caller {
            self.counts.clear();
        }
        let count = self.counts.entry(id).or_default();
        *count += 1;
        let case = (side, id, *count);
        self.is_known = self.cases.iter().any(|(known, _)| *known == case);
        if !self.is_known {
            self.cases.push((case, Vec::new()));
        }
        self.current = Some((side, self.cases.len() - 1));
    }

    /// The server sent a message.
    pub fn outgoing(&mut self, side: Side, bytes: &[u8]) {
        let Some((current, at)) = self.current.filter(|_| !self.is_known) else { return };
        let target = if side == current { Target::Own } else { Target::Peer };
        let answers = &mut self.cases[at].1;
        match answers.last_mut() {
            Some((last, together)) if *last == target => together.extend_from_slice(bytes),
            _ => answers.push((target, bytes.to_vec())),
        }
    }

    /// The table.
    pub fn finish(self) -> String {
        let mut text = String::from(
            "# What the real server answered: made by `cargo run -p load --example lineload -- record --protocol V`.\n\
             # Side and id of a phone's message, how many of that id its pair had sent in this call;\n\
             # then the bytes sent to itself and to the other phone, in order.\n",
        );
        for ((side, id, nth), answers) in self.cases {
            let side = if side == Side::Caller { "caller" } else { "callee" };
            // Writing to a String can't fail.
            let _ = writeln!(text, "{side} {id:#06x} {nth}");
            for (target, bytes) in answers {
                let target = if target == Target::Own { "own" } else { "peer" };
                let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
                let _ = writeln!(text, "{target} {hex}");
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::null::script::Script;

    #[test]
    fn what_is_recorded_can_be_played() {
        let mut recorder = Recorder::default();
        for _ in 0..2 {
            recorder.incoming(Side::Caller, 6);
            recorder.outgoing(Side::Caller, &[1]);
            recorder.outgoing(Side::Caller, &[2]);
            recorder.outgoing(Side::Callee, &[3]);
            recorder.incoming(Side::Callee, 7);
            recorder.outgoing(Side::Callee, &[4]);
        }
        let text = recorder.finish();
        assert!(text.ends_with("caller 0x0006 1\nown 0102\npeer 03\ncallee 0x0007 1\nown 04\n"), "{text}");
        Script::parse(&text).unwrap();
    }
}
