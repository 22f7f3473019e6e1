//! A table of places that are used again, each time under a new generation.

/// The table.
#[derive(Debug)]
pub(crate) struct Slots<T> {
    places: Vec<Place<T>>,
    free: Vec<u32>,
    max: usize,
}

#[derive(Debug)]
struct Place<T> {
    generation: u32,
    value: Option<Box<T>>,
}

impl<T> Slots<T> {
    pub fn new(max: usize) -> Self {
        Self { places: Vec::new(), free: Vec::new(), max }
    }

    pub fn len(&self) -> usize {
        self.places.len() - self.free.len()
    }

    /// Index and generation of the new place; nothing where the table is full.
    pub fn insert(&mut self, value: T) -> Option<(u32, u32)> {
        let index = match self.free.pop() {
            Some(index) => index,
            None if self.places.len() < self.max => {
                self.places.push(Place { generation: 0, value: None });
                u32::try_from(self.places.len() - 1).ok()?
            }
            None => return None,
        };
        let place = self.places.get_mut(index as usize)?;
        place.generation = place.generation.wrapping_add(1);
        place.value = Some(Box::new(value));
        Some((index, place.generation))
    }

    pub fn remove(&mut self, index: u32, generation: u32) -> Option<Box<T>> {
        let place = self.places.get_mut(index as usize).filter(|place| place.generation == generation)?;
        let value = place.value.take()?;
        self.free.push(index);
        Some(value)
    }

    pub fn get(&self, index: u32, generation: u32) -> Option<&T> {
        let place = self.places.get(index as usize).filter(|place| place.generation == generation)?;
        place.value.as_deref()
    }

    pub fn get_mut(&mut self, index: u32, generation: u32) -> Option<&mut T> {
        let place = self.places.get_mut(index as usize).filter(|place| place.generation == generation)?;
        place.value.as_deref_mut()
    }

    /// Whoever is at a place now.
    #[inline]
    pub fn at(&mut self, index: u32) -> Option<&mut T> {
        self.places.get_mut(index as usize)?.value.as_deref_mut()
    }

    pub fn here(&self, index: u32) -> Option<&T> {
        self.places.get(index as usize)?.value.as_deref()
    }

    /// Two at once; nothing where one is absent or both are the same.
    pub fn pair(&mut self, one: u32, other: u32) -> Option<(&mut T, &mut T)> {
        let [one, other] = self.places.get_disjoint_mut([one as usize, other as usize]).ok()?;
        Some((one.value.as_deref_mut()?, other.value.as_deref_mut()?))
    }

    /// One past the highest index.
    pub fn end(&self) -> u32 {
        self.places.len() as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_used_again_but_not_under_the_same_name() {
        let mut slots = Slots::new(2);
        let (a, b) = (slots.insert('a').unwrap(), slots.insert('b').unwrap());
        assert_eq!(slots.insert('c'), None);
        assert_eq!(slots.remove(a.0, a.1).as_deref(), Some(&'a'));
        assert_eq!(slots.remove(a.0, a.1), None);
        let c = slots.insert('c').unwrap();
        assert_eq!((c.0, slots.get(a.0, a.1), slots.get(c.0, c.1)), (a.0, None, Some(&'c')));
        assert_eq!(slots.pair(b.0, c.0), Some((&mut 'b', &mut 'c')));
        assert_eq!(slots.pair(b.0, b.0), None);
        assert_eq!(slots.len(), 2);
    }
}
