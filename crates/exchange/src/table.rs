//! Tables with generational keys: an index and how often its place was used. A key of something that is
//! gone finds nothing, so a late acknowledgement or timer can't hit what came after.

use std::marker::PhantomData;

use serde::{Deserialize, Serialize};

/// A key into a [`Table`].
pub(crate) trait Key: Copy {
    /// Puts a key together.
    fn new(index: u32, generation: u32) -> Self;
    /// Place in the table.
    fn index(self) -> u32;
    /// Ascends each time the place is used.
    fn generation(self) -> u32;
}

/// Declares keys of tables.
macro_rules! keys {
    ($($(#[doc = $doc:literal])+ $name:ident;)+) => {$(
        $(#[doc = $doc])+
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        pub(crate) struct $name { index: u32, generation: u32 }
        key!($name);
    )+};
}

/// Implements [`Key`] for a struct of `index` and `generation`.
macro_rules! key {
    ($name:ty) => {
        impl $crate::table::Key for $name {
            fn new(index: u32, generation: u32) -> Self {
                Self { index, generation }
            }
            fn index(self) -> u32 {
                self.index
            }
            fn generation(self) -> u32 {
                self.generation
            }
        }
    };
}

keys! {
    /// A device, registered or not.
    StationId;
    /// A directory number.
    LineId;
    /// A call.
    CallId;
    /// A conference.
    ConferenceId;
}
key!(crate::call::LegId);

/// Values by generational key.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Table<K, T> {
    slots: Vec<Slot<T>>,
    free: Vec<u32>,
    key: PhantomData<K>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Slot<T> {
    generation: u32,
    value: Option<T>,
}

impl<K, T> Default for Table<K, T> {
    fn default() -> Self {
        Table { slots: Vec::new(), free: Vec::new(), key: PhantomData }
    }
}

impl<K: Key, T> Table<K, T> {
    /// Puts a value in.
    pub(crate) fn insert(&mut self, value: T) -> K {
        let index = match self.free.pop() {
            Some(index) => index,
            None => {
                self.slots.push(Slot { generation: 0, value: None });
                self.slots.len() as u32 - 1
            }
        };
        let slot = &mut self.slots[index as usize];
        slot.generation = slot.generation.wrapping_add(1);
        slot.value = Some(value);
        K::new(index, slot.generation)
    }

    /// Takes a value out.
    pub(crate) fn remove(&mut self, key: K) -> Option<T> {
        let slot = self.slots.get_mut(key.index() as usize)?;
        if slot.generation != key.generation() {
            return None;
        }
        let value = slot.value.take()?;
        self.free.push(key.index());
        Some(value)
    }

    /// The value, while it is there.
    #[inline]
    pub(crate) fn get(&self, key: K) -> Option<&T> {
        let slot = self.slots.get(key.index() as usize)?;
        slot.value.as_ref().filter(|_| slot.generation == key.generation())
    }

    /// The value to change, while it is there.
    #[inline]
    pub(crate) fn get_mut(&mut self, key: K) -> Option<&mut T> {
        let slot = self.slots.get_mut(key.index() as usize)?;
        slot.value.as_mut().filter(|_| slot.generation == key.generation())
    }

    /// How many values there are.
    pub(crate) fn len(&self) -> usize {
        self.slots.len() - self.free.len()
    }

    /// All values in the order of their places.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (K, &T)> {
        self.slots.iter().enumerate().filter_map(|(index, slot)| {
            slot.value.as_ref().map(|value| (K::new(index as u32, slot.generation), value))
        })
    }

    /// All values to change.
    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = (K, &mut T)> {
        self.slots.iter_mut().enumerate().filter_map(|(index, slot)| {
            let generation = slot.generation;
            slot.value.as_mut().map(|value| (K::new(index as u32, generation), value))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_of_what_is_gone_finds_nothing() {
        let mut table: Table<CallId, &str> = Table::default();
        let first = table.insert("first");
        assert_eq!(table.remove(first), Some("first"));
        let second = table.insert("second");
        assert_eq!(first.index(), second.index());
        assert_eq!(table.get(first), None);
        assert_eq!(table.remove(first), None);
        assert_eq!((table.get(second), table.len()), (Some(&"second"), 1));
    }
}
