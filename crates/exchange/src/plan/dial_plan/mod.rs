//! The dial plan: what numbers beyond the site's own mean, and who may dial them.
//!
//! Patterns, partitions and calling search spaces as in CUCM. It is compiled once, when the configuration is,
//! into one tree that a number is followed through ([`trie`]). A line's own number takes part in the choice
//! as a pattern that is exact; see `call/analysis.rs`.

mod partition;
mod pattern;
mod symbol;
#[cfg(test)]
mod tests;
mod transform;
mod trie;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use partition::Class;
pub use partition::PARTITIONS_MAX;
pub(crate) use partition::{ClassId, PartitionId, Reach};
pub use pattern::{ELEMENTS_MAX, Element, Pattern, PatternError, Repeat, STATES_MAX};
pub use symbol::Symbols;
pub(crate) use transform::under_mask;
pub use transform::{Discard, Transform};
pub(crate) use trie::Ahead;
use trie::{Leaf, Trie};

use crate::call::Cause;

/// Patterns of one plan.
pub const RULES_MAX: usize = 20_000;
/// Calling search spaces of one plan.
pub const CLASSES_MAX: usize = 6_000;
/// Translations of one number: who needs more has made a circle.
pub const TRANSLATIONS_MAX: usize = 10;
/// Partition of what phones in the lobby may dial.
pub const LOBBY: &str = "lobby";

/// What numbers of a pattern mean.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// Which numbers.
    pub pattern: Pattern,
    /// Who may dial them: those whose calling search space has this partition. Empty: everybody.
    pub partition: String,
    /// What happens.
    pub action: Action,
    /// Called at once when it matches best, though a longer number could follow.
    pub urgent: bool,
    /// Whether users hear the tone of an outside line as soon as nothing else can be meant.
    pub outside_dial_tone: bool,
    /// From every phone, whatever its class, whatever else is busy.
    pub emergency: bool,
    /// What people call it.
    pub description: String,
}

/// What happens with a number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Action {
    /// It goes to a trunk.
    Route {
        /// Which.
        trunk: u32,
        /// As which number.
        change: Transform,
    },
    /// It means another number.
    Translate {
        /// Which.
        change: Transform,
        /// Who it is that dials that one: a calling search space; none: still the caller.
        calling_search_space: Option<String>,
    },
    /// It is refused.
    Block(Cause),
}

/// An ordered list of partitions.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct CallingSearchSpace {
    /// Its name.
    pub name: String,
    /// Its partitions; among equally close patterns the one in the earlier partition wins.
    pub partitions: Vec<String>,
}

/// A dial plan as it is written.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct DialRules {
    /// Patterns.
    pub rules: Vec<Rule>,
    /// Calling search spaces.
    pub calling_search_spaces: Vec<CallingSearchSpace>,
    /// That of calls from trunks; none: what is in no partition.
    pub inbound: Option<String>,
}

/// What is wrong with a dial plan.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DialPlanError {
    /// Too much of something.
    #[error("{found} {what}, and the limit is {limit}")]
    TooMany {
        /// What.
        what: &'static str,
        /// How many.
        found: usize,
        /// How many there may be.
        limit: usize,
    },
    /// A calling search space that is not there.
    #[error("there is no calling search space `{name}`")]
    NoSearchSpace {
        /// Its name.
        name: String,
        /// The pattern that names it, by its place; none: `inbound`.
        rule: Option<usize>,
    },
    /// A pattern that nobody can dial.
    #[error("partition `{partition}` is in no calling search space: nobody can dial `{pattern}`")]
    Unreachable {
        /// Its partition.
        partition: String,
        /// The pattern.
        pattern: String,
        /// The pattern's place.
        rule: usize,
    },
    /// A pattern that stands twice in one partition.
    #[error("pattern `{pattern}` stands twice in one partition")]
    Twice {
        /// The pattern.
        pattern: String,
        /// The place of the second.
        rule: usize,
    },
    /// A calling search space that stands twice.
    #[error("calling search space `{name}` stands twice")]
    SearchSpaceTwice {
        /// Its name.
        name: String,
        /// The place of the second.
        place: usize,
    },
}

/// A dial plan, compiled. Cheap to clone. It is kept as it is written.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "DialRules", into = "DialRules")]
pub struct DialPlan(Arc<Compiled>);

#[derive(Debug, PartialEq, Eq)]
struct Compiled {
    rules: Vec<Rule>,
    /// Of each rule, its partition.
    partitions: Vec<PartitionId>,
    names: BTreeMap<String, PartitionId>,
    classes: Vec<Class>,
    by_name: BTreeMap<String, ClassId>,
    inbound: ClassId,
    /// As they were written.
    spaces: Vec<CallingSearchSpace>,
    inbound_name: Option<String>,
    trie: Trie,
    has_emergency: bool,
}

impl Default for Compiled {
    fn default() -> Self {
        use PartitionId as Id;
        let classes = vec![
            Class::new("", Vec::new(), &[Id::EMERGENCY, Id::NONE, Id::LOBBY]),
            Class::new(LOBBY, vec![Id::LOBBY], &[Id::EMERGENCY]),
            Class::new("emergency", Vec::new(), &[Id::EMERGENCY]),
        ];
        Compiled {
            rules: Vec::new(),
            partitions: Vec::new(),
            names: BTreeMap::from([(String::new(), PartitionId::NONE), (LOBBY.into(), PartitionId::LOBBY)]),
            classes,
            by_name: BTreeMap::new(),
            inbound: ClassId::NONE,
            spaces: Vec::new(),
            inbound_name: None,
            trie: Trie::default(),
            has_emergency: false,
        }
    }
}

impl DialPlan {
    /// Routes to trunks that everybody may dial: patterns, each with its trunk.
    pub fn routes(routes: &[(&str, u32)]) -> Result<DialPlan, Box<dyn std::error::Error>> {
        let mut written = DialRules::default();
        for (pattern, trunk) in routes {
            written.rules.push(Rule::route(pattern.parse()?, *trunk));
        }
        Ok(DialPlan::compile(written)?)
    }

    /// Compiles a dial plan.
    pub fn compile(written: DialRules) -> Result<DialPlan, DialPlanError> {
        let mut plan = Compiled::default();
        limit("patterns", written.rules.len(), RULES_MAX)?;
        limit("calling search spaces", written.calling_search_spaces.len(), CLASSES_MAX)?;
        for (place, space) in written.calling_search_spaces.iter().enumerate() {
            plan.add_class(place, space)?;
        }
        plan.spaces = written.calling_search_spaces;
        if let Some(name) = &written.inbound {
            let class = plan.by_name.get(name).copied();
            let missing = || DialPlanError::NoSearchSpace { name: name.clone(), rule: None };
            plan.inbound = class.ok_or_else(missing)?;
        }
        plan.inbound_name = written.inbound;
        let mut seen = BTreeSet::new();
        for (place, rule) in written.rules.into_iter().enumerate() {
            let key = (plan.names.get(&rule.partition).copied(), rule.pattern.elements().to_vec());
            if !seen.insert(key) {
                return Err(DialPlanError::Twice { pattern: rule.pattern.text().into(), rule: place });
            }
            plan.add_rule(place, rule)?;
        }
        Ok(DialPlan(Arc::new(plan)))
    }

    /// Whether there are only lines, which everybody may call.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.0.rules.is_empty() && self.0.by_name.is_empty()
    }

    /// Its patterns.
    pub fn rules(&self) -> &[Rule] {
        &self.0.rules
    }

    /// Whether it has emergency numbers.
    pub fn has_emergency(&self) -> bool {
        self.0.has_emergency
    }

    /// Whether it has a calling search space with this name.
    pub fn has_calling_search_space(&self, name: &str) -> bool {
        self.0.by_name.contains_key(name)
    }

    /// The names of its calling search spaces.
    pub fn calling_search_spaces(&self) -> impl Iterator<Item = &str> {
        self.0.by_name.keys().map(String::as_str)
    }

    /// Whether some calling search space has this partition.
    pub fn has_partition(&self, name: &str) -> bool {
        self.0.names.contains_key(name)
    }

    /// The pattern that describes a number best, for somebody who may dial everything.
    pub fn best(&self, digits: &str) -> Option<&Rule> {
        self.follow(&Reach::ALL, digits).1.map(|found| found.rule)
    }

    /// How many places the tree of its patterns has.
    pub fn size(&self) -> usize {
        self.0.trie.len()
    }

    /// The partition with a name; nobody reaches one that is not there.
    pub(crate) fn partition(&self, name: &str) -> PartitionId {
        if name.is_empty() {
            return PartitionId::NONE;
        }
        self.0.names.get(name).copied().unwrap_or(PartitionId::NOWHERE)
    }

    /// The calling search space with a name.
    pub(crate) fn class(&self, name: &str) -> ClassId {
        self.0.by_name.get(name).copied().unwrap_or(ClassId::NONE)
    }

    /// That of calls from trunks.
    pub(crate) fn inbound(&self) -> ClassId {
        self.0.inbound
    }

    /// What a line with one class on a device with another may dial.
    pub(crate) fn reach(&self, line: ClassId, device: ClassId) -> Reach<'_> {
        let of = |id: ClassId| self.0.classes.get(usize::from(id.0)).unwrap_or(&self.0.classes[0]);
        let (line, device) = (of(line), of(device));
        let mut set = line.set;
        set.add(&device.set);
        Reach { set, order: [&line.order, &device.order] }
    }

    /// The names of the partitions that somebody reaches, in the order in which they are searched.
    pub(crate) fn partition_names(&self, reach: &Reach<'_>) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for id in reach.order.iter().copied().flatten() {
            let found = self.0.names.iter().find(|(name, known)| *known == id && !name.is_empty());
            if let Some((name, _)) = found.filter(|(name, _)| !names.contains(name)) {
                names.push(name.clone());
            }
        }
        names
    }

    /// Who is in the lobby, or may dial emergency numbers only, does so whatever his line has.
    pub(crate) fn confined(&self, class: ClassId) -> Reach<'_> {
        let class = &self.0.classes[usize::from(class.0).min(self.0.classes.len() - 1)];
        Reach { set: class.set, order: [&class.order, &[]] }
    }

    /// What may come after these digits.
    pub(crate) fn ahead(&self, reach: &Reach<'_>, digits: &str) -> Ahead {
        self.0.trie.follow(digits).ahead(&reach.set)
    }

    /// What may come after these digits, and the pattern that describes them best if they are all.
    pub(crate) fn follow(&self, reach: &Reach<'_>, digits: &str) -> (Ahead, Option<Match<'_>>) {
        let walk = self.0.trie.follow(digits);
        let fitting = walk.ends().filter(|rule| reach.has(self.0.partitions[*rule as usize]));
        let mut best: Option<Match<'_>> = None;
        for rule in fitting {
            let found = self.candidate(rule, reach);
            best = Some(match best {
                Some(before) if before.is_closer(&found, digits.len()) => before,
                _ => found,
            });
        }
        (walk.ahead(&reach.set), best)
    }

    /// All patterns that a number matches, the best first.
    pub(crate) fn candidates(&self, reach: &Reach<'_>, digits: &str) -> Vec<Match<'_>> {
        let walk = self.0.trie.follow(digits);
        let fitting = walk.ends().filter(|rule| reach.has(self.0.partitions[*rule as usize]));
        let mut all: Vec<Match<'_>> = fitting.map(|rule| self.candidate(rule, reach)).collect();
        all.sort_by_key(|found| found.key(digits.len()));
        all
    }

    fn candidate(&self, place: u32, reach: &Reach<'_>) -> Match<'_> {
        let rule = &self.0.rules[place as usize];
        Match { rule, place, rank: reach.rank(self.0.partitions[place as usize]) }
    }
}

impl TryFrom<DialRules> for DialPlan {
    type Error = DialPlanError;

    fn try_from(written: DialRules) -> Result<Self, DialPlanError> {
        DialPlan::compile(written)
    }
}

impl From<DialPlan> for DialRules {
    fn from(DialPlan(plan): DialPlan) -> Self {
        DialRules {
            rules: plan.rules.clone(),
            calling_search_spaces: plan.spaces.clone(),
            inbound: plan.inbound_name.clone(),
        }
    }
}

/// A pattern that a number matches.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Match<'p> {
    pub(crate) rule: &'p Rule,
    pub(crate) place: u32,
    /// How early its partition is searched.
    pub(crate) rank: usize,
}

impl Match<'_> {
    /// The smaller, the better: emergency numbers, then the pattern that the fewest other numbers of the same
    /// length match, then the partition that is searched first.
    pub(crate) fn key(&self, len: usize) -> (bool, u128, usize, u32) {
        (!self.rule.emergency, self.rule.pattern.count(len), self.rank, self.place)
    }

    fn is_closer(&self, other: &Match<'_>, len: usize) -> bool {
        self.key(len) < other.key(len)
    }
}

impl Compiled {
    fn add_class(&mut self, place: usize, space: &CallingSearchSpace) -> Result<(), DialPlanError> {
        let mut order = Vec::new();
        for partition in &space.partitions {
            order.push(self.intern(partition)?);
        }
        let built_in = [PartitionId::EMERGENCY, PartitionId::NONE, PartitionId::LOBBY];
        let id = ClassId(self.classes.len() as u16);
        if self.by_name.insert(space.name.clone(), id).is_some() {
            return Err(DialPlanError::SearchSpaceTwice { name: space.name.clone(), place });
        }
        self.classes.push(Class::new(&space.name, order, &built_in));
        Ok(())
    }

    fn intern(&mut self, partition: &str) -> Result<PartitionId, DialPlanError> {
        if let Some(id) = self.names.get(partition) {
            return Ok(*id);
        }
        // The empty name and the lobby have ids already; emergency numbers have one without a name.
        let next = self.names.len() - 2 + usize::from(PartitionId::BUILT_IN);
        limit("partitions", next + 1, PARTITIONS_MAX)?;
        let id = PartitionId(next as u16);
        self.names.insert(partition.to_owned(), id);
        Ok(id)
    }

    fn add_rule(&mut self, place: usize, rule: Rule) -> Result<(), DialPlanError> {
        if let Action::Translate { calling_search_space: Some(name), .. } = &rule.action
            && !self.by_name.contains_key(name)
        {
            return Err(DialPlanError::NoSearchSpace { name: name.clone(), rule: Some(place) });
        }
        let partition = if rule.emergency {
            PartitionId::EMERGENCY
        } else {
            self.names.get(&rule.partition).copied().ok_or_else(|| DialPlanError::Unreachable {
                partition: rule.partition.clone(),
                pattern: rule.pattern.text().into(),
                rule: place,
            })?
        };
        self.has_emergency |= rule.emergency;
        let leaf = Leaf { partition, outside_tone: rule.outside_dial_tone };
        self.trie.add(rule.pattern.elements(), place as u32, leaf);
        self.partitions.push(partition);
        self.rules.push(rule);
        Ok(())
    }
}

fn limit(what: &'static str, found: usize, limit: usize) -> Result<(), DialPlanError> {
    if found > limit { Err(DialPlanError::TooMany { what, found, limit }) } else { Ok(()) }
}

impl Rule {
    /// A route to a trunk that everybody may dial.
    pub fn route(pattern: Pattern, trunk: u32) -> Rule {
        Rule::new(pattern, Action::Route { trunk, change: Transform::default() })
    }

    /// A rule that everybody may dial.
    pub fn new(pattern: Pattern, action: Action) -> Rule {
        Rule {
            pattern,
            partition: String::new(),
            action,
            urgent: false,
            outside_dial_tone: false,
            emergency: false,
            description: String::new(),
        }
    }
}
