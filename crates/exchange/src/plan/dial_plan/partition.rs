//! Partitions and calling search spaces: who may dial what. A number or pattern is in one partition, a line
//! or device has a calling search space, which is an ordered list of partitions.

/// Partitions of one plan.
pub const PARTITIONS_MAX: usize = 256;
const WORDS: usize = PARTITIONS_MAX / 64;

/// A partition, by its place in the plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub(crate) struct PartitionId(pub(crate) u16);

impl PartitionId {
    /// Of what names no partition: everybody reaches it, but a phone in the lobby.
    pub(crate) const NONE: PartitionId = PartitionId(0);
    /// Of emergency numbers: everybody reaches it.
    pub(crate) const EMERGENCY: PartitionId = PartitionId(1);
    /// Of what phones in the lobby may dial.
    pub(crate) const LOBBY: PartitionId = PartitionId(2);
    /// Of what names a partition that no calling search space has: nobody reaches it.
    pub(crate) const NOWHERE: PartitionId = PartitionId(u16::MAX);
    /// How many of these there are.
    pub(super) const BUILT_IN: u16 = 3;
}

/// A set of partitions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct PartitionSet([u64; WORDS]);

impl PartitionSet {
    /// All of them.
    pub(crate) const ALL: PartitionSet = PartitionSet([u64::MAX; WORDS]);

    pub(crate) fn of(partitions: impl IntoIterator<Item = PartitionId>) -> Self {
        let mut set = PartitionSet::default();
        partitions.into_iter().for_each(|partition| set.insert(partition));
        set
    }

    pub(crate) fn insert(&mut self, PartitionId(number): PartitionId) {
        if let Some(word) = self.0.get_mut(usize::from(number) / 64) {
            *word |= 1 << (number % 64);
        }
    }

    #[inline]
    pub(crate) fn has(&self, PartitionId(number): PartitionId) -> bool {
        self.0.get(usize::from(number) / 64).is_some_and(|word| word & 1 << (number % 64) != 0)
    }

    pub(crate) fn add(&mut self, other: &PartitionSet) {
        self.0.iter_mut().zip(other.0).for_each(|(word, other)| *word |= other);
    }

    #[inline]
    pub(crate) fn meets(&self, other: &PartitionSet) -> bool {
        self.0.iter().zip(other.0).any(|(word, other)| word & other != 0)
    }
}

/// A calling search space, by its place in the plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub(crate) struct ClassId(pub(crate) u16);

impl ClassId {
    /// None given: what is in no partition.
    pub(crate) const NONE: ClassId = ClassId(0);
    /// A phone in the lobby: the partition `lobby`.
    pub(crate) const LOBBY: ClassId = ClassId(1);
    /// Emergency numbers, and nothing else.
    pub(crate) const EMERGENCY: ClassId = ClassId(2);
}

/// A calling search space.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Class {
    pub(crate) name: String,
    /// In which order it is searched.
    pub(crate) order: Vec<PartitionId>,
    pub(crate) set: PartitionSet,
}

impl Class {
    /// With these partitions, in this order, and those built in that everybody of its kind reaches.
    pub(crate) fn new(name: &str, order: Vec<PartitionId>, built_in: &[PartitionId]) -> Self {
        let all = order.iter().chain(built_in).copied();
        Class { name: name.to_owned(), set: PartitionSet::of(all), order }
    }
}

/// What somebody may dial: the calling search spaces of the line and of the device, one behind the other.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reach<'p> {
    pub(crate) set: PartitionSet,
    pub(crate) order: [&'p [PartitionId]; 2],
}

impl Reach<'_> {
    /// Everything there is.
    pub(crate) const ALL: Reach<'static> = Reach { set: PartitionSet::ALL, order: [&[], &[]] };

    #[inline]
    pub(crate) fn has(&self, partition: PartitionId) -> bool {
        self.set.has(partition)
    }

    /// Where a partition is searched: the earlier one wins among equally close patterns. What is in no
    /// partition comes last.
    pub(crate) fn rank(&self, partition: PartitionId) -> usize {
        let all = self.order.iter().copied().flatten();
        all.into_iter().position(|known| *known == partition).unwrap_or(usize::MAX)
    }
}
