//! By how much the clocks of several sources differ: found from messages that two of them show.
//!
//! A message that changes a call's state, with its call reference, is said once. Where two sources show it, the difference of their
//! times is that of their clocks (and the way between the two places, which is short). The middle one of many such differences
//! is the estimate; one that is not sure is not given.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use hashbrown::HashMap;

use crate::Timestamp;
use crate::reader::{ConnectionEvent, Datagram, FrameSink, Note, Place, RawFrame, Trouble};

/// Messages remembered until another source shows them.
pub const REMEMBERED_MAX: usize = 65_536;
/// Differences kept of two sources.
pub const DIFFERENCES_MAX: usize = 4096;
/// Fewer messages in common prove nothing.
pub const MATCHES_MIN: usize = 3;
/// When the middle half of the differences is wider than this, they are not of a clock.
pub const SPREAD_NANOS_MAX: i64 = 500_000_000;

/// Messages that say one thing of one call, with the place of the call reference in their bodies, and of what tells them apart
/// beside it: CallState, StartTone, SelectSoftKeys, SoftKeyEvent.
const TELLING: [(u32, usize, usize); 4] = [(0x111, 8, 0), (0x82, 12, 0), (0x110, 4, 8), (0x26, 8, 0)];

/// A message that another source may show too: id, direction, reference, what tells it apart.
type Key = (u32, bool, u32, u32);

/// Two sources, the lower number first.
pub type Pair = (u16, u16);

/// What two sources' clocks differ by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Offset {
    /// Nanoseconds that the second source's clock is ahead of the first's.
    pub nanos: i64,
    /// Messages that show it.
    pub messages: usize,
    /// How wide the middle half of the differences is.
    pub spread_nanos: i64,
}

/// Looks at all that goes to a sink, and passes it on.
#[derive(Debug)]
pub struct Clocks<S> {
    sink: S,
    source: u16,
    seen: HashMap<Key, Seen>,
    differences: BTreeMap<Pair, Vec<i64>>,
}

/// Where a message was seen first; a second time in one source makes it worthless.
#[derive(Debug, Clone, Copy)]
struct Seen {
    source: u16,
    time: Timestamp,
    /// Sources that have shown it since, as bits; all of them when it is worthless.
    told: u64,
}

impl<S> Clocks<S> {
    /// In front of a sink.
    pub fn new(sink: S) -> Self {
        Self { sink, source: 0, seen: HashMap::new(), differences: BTreeMap::new() }
    }

    /// What was found, by pairs of sources, and the sink.
    pub fn finish(self) -> (BTreeMap<Pair, Offset>, S) {
        let found = self.differences.into_iter().filter_map(|(pair, nanos)| Some((pair, offset(nanos)?)));
        (found.collect(), self.sink)
    }

    fn look(&mut self, frame: &RawFrame<'_>) {
        let Some(key) = key(frame) else { return };
        let (source, time) = (self.source, frame.time);
        let bit = 1_u64.checked_shl(source.into()).unwrap_or(0);
        if let Some(seen) = self.seen.get_mut(&key) {
            if seen.told & bit != 0 {
                seen.told = u64::MAX;
                return;
            }
            seen.told |= bit;
            let (pair, nanos) = match seen.source < source {
                true => ((seen.source, source), time.since(seen.time)),
                false => ((source, seen.source), seen.time.since(time)),
            };
            let differences = self.differences.entry(pair).or_default();
            if differences.len() < DIFFERENCES_MAX {
                differences.push(nanos);
            }
        } else if self.seen.len() < REMEMBERED_MAX {
            self.seen.insert(key, Seen { source, time, told: bit });
        }
    }
}

/// What makes a message one that is said once.
fn key(frame: &RawFrame<'_>) -> Option<Key> {
    let (_, reference_at, more_at) = *TELLING.iter().find(|(id, _, _)| *id == frame.id)?;
    let word = |at: usize| Some(u32::from_le_bytes(*frame.body.get(at..)?.first_chunk::<4>()?));
    let reference = word(reference_at).filter(|reference| *reference != 0)?;
    Some((frame.id, frame.from_server, reference, word(more_at)?))
}

/// The middle of the differences, when they agree.
fn offset(mut nanos: Vec<i64>) -> Option<Offset> {
    nanos.sort_unstable();
    let messages = nanos.len();
    let at = |quarters: usize| nanos[(messages - 1) * quarters / 4];
    if messages < MATCHES_MIN {
        return None;
    }
    let spread_nanos = at(3).saturating_sub(at(1));
    (spread_nanos <= SPREAD_NANOS_MAX).then(|| Offset { nanos: at(2), messages, spread_nanos })
}

/// By how much the time of each source must be moved so that all go by the clock of the lowest that they are compared with.
pub fn shifts(offsets: &BTreeMap<Pair, Offset>) -> BTreeMap<u16, i64> {
    let mut shifts: BTreeMap<u16, i64> = BTreeMap::new();
    let mut rest: Vec<(Pair, i64)> = offsets.iter().map(|(pair, offset)| (*pair, offset.nanos)).collect();
    // Widely known first: whoever shares the most messages.
    rest.sort_by_key(|(pair, _)| (std::cmp::Reverse(offsets[pair].messages), *pair));
    while !rest.is_empty() {
        let known = |source: &u16, shifts: &BTreeMap<u16, i64>| shifts.get(source).copied();
        let next = rest
            .iter()
            .position(|((one, other), _)| known(one, &shifts).is_some() != known(other, &shifts).is_some());
        let at = next.unwrap_or(0);
        let ((one, other), nanos) = rest.remove(at);
        match (known(&one, &shifts), known(&other, &shifts)) {
            (Some(one), None) => drop(shifts.insert(other, one.saturating_sub(nanos))),
            (None, Some(other)) => drop(shifts.insert(one, other.saturating_add(nanos))),
            (None, None) => {
                shifts.insert(one, 0);
                shifts.insert(other, nanos.saturating_neg());
            }
            (Some(_), Some(_)) => {}
        }
    }
    shifts
}

impl<S: FrameSink> FrameSink for Clocks<S> {
    fn frame(&mut self, frame: RawFrame<'_>) -> ControlFlow<()> {
        self.look(&frame);
        self.sink.frame(frame)
    }

    fn datagram(&mut self, datagram: Datagram<'_>) {
        self.sink.datagram(datagram);
    }

    fn connection(&mut self, event: ConnectionEvent) {
        self.sink.connection(event);
    }

    fn trouble(&mut self, place: Place, trouble: Trouble) {
        self.sink.trouble(place, trouble);
    }

    fn note(&mut self, note: Note<'_>) {
        self.sink.note(note);
    }

    fn source(&mut self, number: u16) {
        self.source = number;
        self.sink.source(number);
    }

    fn idle(&mut self) {
        self.sink.idle();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Input, Inputs, Mixed};

    /// The example, said `nanos` later.
    fn example(nanos: i64) -> Vec<u8> {
        let whole = crate::example::capture();
        let mut reader = crate::capture::CaptureReader::new(&whole[..]).unwrap();
        let mut packets = Vec::new();
        while let Some(packet) = reader.next_packet().unwrap() {
            let (time, bytes) = (packet.time.plus(nanos), packet.captured.to_vec());
            packets.push(crate::synth::WirePacket { time, bytes, comment: None, interface: 0 });
        }
        let mut file = Vec::new();
        crate::synth::write_pcap(&mut file, &packets).unwrap();
        file
    }

    struct Nobody;

    impl FrameSink for Nobody {
        fn frame(&mut self, _: RawFrame<'_>) -> ControlFlow<()> {
            ControlFlow::Continue(())
        }
    }

    fn inputs(nanos: i64) -> Inputs {
        let files = [("one.pcap", 0), ("other.pcap", nanos)];
        let inputs = files.map(|(name, nanos)| Input::from_bytes(name, example(nanos)).unwrap());
        Inputs { inputs: inputs.into(), ..Inputs::default() }
    }

    #[test]
    fn two_captures_of_one_call_show_by_how_much_their_clocks_differ() {
        for nanos in [3_200_000_000, -90_000_000_000, 0] {
            let mut clocks = Clocks::new(Nobody);
            let _ = Mixed::new(inputs(nanos)).run(&mut clocks);
            let (offsets, Nobody) = clocks.finish();
            // Which one is the first source is told by which begins first.
            let found = offsets[&(0, 1)];
            assert_eq!((found.nanos, found.spread_nanos), (nanos.abs(), 0));
            assert!(found.messages >= 8, "{found:?}");
        }
    }

    #[test]
    fn a_call_with_branches_is_one_where_two_captures_have_it() {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../../../shared/captures/ndpi-skinny.pcap");
        let Ok(capture) = std::fs::read(&path) else {
            return eprintln!("SKIPPED: {} is not there", path.display());
        };
        use crate::analysis::{Analyst, Captured, Options};
        let inputs = ["one.pcap", "other.pcap"].map(|name| Input::from_bytes(name, capture.clone()).unwrap());
        let mut analyst = Analyst::new(Options::default());
        let inputs = Inputs { inputs: inputs.into(), ..Inputs::default() };
        let _ = Mixed::new(inputs).run(&mut Captured::new(&mut analyst, 0));
        let calls: Vec<_> = analyst.finish().calls().collect();
        let shape: Vec<_> = calls.iter().map(|call| (call.legs.len(), call.branches.len())).collect();
        assert_eq!(shape, [(2, 4)]);
    }

    #[test]
    fn shifted_sources_are_one_call() {
        use crate::analysis::{Analyst, Captured, Options};
        let calls = |shifts: BTreeMap<u16, i64>| {
            let mut analyst = Analyst::new(Options { events: true, ..Options::default() });
            let _ = Mixed::new(inputs(60_000_000_000))
                .with_shifts(shifts)
                .run(&mut Captured::new(&mut analyst, 0));
            let analysis = analyst.finish();
            let legs = analysis.calls().map(|call| call.legs.len()).sum::<usize>();
            (legs, analysis.events(0).len())
        };
        let alone = {
            let options = Options { events: true, ..Options::default() };
            let capture = crate::example::capture();
            crate::analysis::analyse_capture(&capture[..], options).unwrap().0.events(0).len()
        };
        assert_eq!(calls(BTreeMap::from([(1, -60_000_000_000)])), (2, alone));
        assert_ne!(calls(BTreeMap::new()), (2, alone));
    }

    #[test]
    fn clocks_are_brought_to_that_of_the_best_known() {
        let offset = |nanos, messages| Offset { nanos, messages, spread_nanos: 0 };
        let offsets =
            BTreeMap::from([((0, 1), offset(5, 10)), ((1, 2), offset(-2, 40)), ((4, 5), offset(1, 3))]);
        let shifts = shifts(&offsets);
        assert_eq!(shifts[&0] - shifts[&1], 5);
        assert_eq!(shifts[&2] - shifts[&1], 2);
        assert_eq!((shifts[&4], shifts[&5]), (0, -1));
        assert!(!shifts.contains_key(&3));
    }

    #[test]
    fn differences_that_do_not_agree_are_no_clock() {
        assert_eq!(offset(vec![1, 2]), None);
        assert_eq!(offset((0..40).map(|n| n * 1_000_000_000).collect()), None);
        let sure = offset(vec![900, 5, 7, 6, 8]).map(|offset| (offset.nanos, offset.messages));
        assert_eq!(sure, Some((7, 5)));
    }
}
