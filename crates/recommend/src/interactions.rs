//! Who listened what, as small numbers: 8 bytes for each pair of a listener and a thing, and as much again by thing.

use std::{collections::HashMap, hash::Hash, ops::Range};

/// Listeners' things with weights. Both are numbered from 0.
#[derive(Clone, Debug, Default)]
pub struct Interactions {
    listeners: Rows,
    things: usize,
}

/// Rows of (number, weight), one after another.
#[derive(Clone, Debug)]
pub(crate) struct Rows {
    ends: Vec<usize>,
    entries: Vec<(u32, f32)>,
}

impl Default for Rows {
    fn default() -> Self {
        Self {
            ends: vec![0],
            entries: Vec::new(),
        }
    }
}

impl Rows {
    pub(crate) fn len(&self) -> usize {
        self.ends.len() - 1
    }

    pub(crate) fn row(&self, at: u32) -> &[(u32, f32)] {
        &self.entries[self.range(at as usize)]
    }

    fn range(&self, at: usize) -> Range<usize> {
        self.ends[at]..self.ends[at + 1]
    }
}

impl Interactions {
    /// Adds a listener with each thing once and how often it was played. A play more counts the less the more there were.
    pub fn push(&mut self, listened: impl IntoIterator<Item = (u32, f32)>) {
        for (thing, plays) in listened {
            self.things = self.things.max(thing as usize + 1);
            self.listeners.entries.push((thing, plays.ln_1p()));
        }
        self.listeners.ends.push(self.listeners.entries.len());
    }

    /// Things there are.
    #[must_use]
    pub fn things(&self) -> usize {
        self.things
    }

    /// Listeners there are.
    #[must_use]
    pub fn listeners(&self) -> usize {
        self.listeners.len()
    }

    /// Pairs of a listener and a thing.
    #[must_use]
    pub fn pairs(&self) -> usize {
        self.listeners.entries.len()
    }

    pub(crate) fn by_listener(&self) -> &Rows {
        &self.listeners
    }

    /// The same by thing: its listeners.
    pub(crate) fn by_thing(&self) -> Rows {
        let mut ends = vec![0_usize; self.things + 1];
        for (thing, _) in &self.listeners.entries {
            ends[*thing as usize + 1] += 1;
        }
        for at in 0..self.things {
            ends[at + 1] += ends[at];
        }
        let mut free: Vec<usize> = ends.clone();
        let mut entries = vec![(0, 0.0); self.listeners.entries.len()];
        for listener in 0..self.listeners() {
            let number = u32::try_from(listener).unwrap_or(u32::MAX);
            for (thing, weight) in &self.listeners.entries[self.listeners.range(listener)] {
                let place = &mut free[*thing as usize];
                entries[*place] = (number, *weight);
                *place += 1;
            }
        }
        Rows { ends, entries }
    }
}

/// Names of things and their numbers.
#[derive(Clone, Debug)]
pub struct Interned<I> {
    numbers: HashMap<I, u32>,
    names: Vec<I>,
}

impl<I> Default for Interned<I> {
    fn default() -> Self {
        Self {
            numbers: HashMap::new(),
            names: Vec::new(),
        }
    }
}

impl<I: Clone + Eq + Hash> Interned<I> {
    /// The number of a name; a new one if it is new.
    pub fn number(&mut self, name: &I) -> u32 {
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        let number = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
        self.numbers.insert(name.clone(), number);
        self.names.push(name.clone());
        number
    }

    /// The number of a name that is known.
    #[must_use]
    pub fn known(&self, name: &I) -> Option<u32> {
        self.numbers.get(name).copied()
    }

    /// The name of a number.
    #[must_use]
    pub fn name(&self, number: u32) -> Option<&I> {
        self.names.get(number as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_thing_has_the_same_pairs() {
        let mut listened = Interactions::default();
        listened.push([(0, 1.0), (2, 3.0)]);
        listened.push([]);
        listened.push([(2, 1.0)]);
        assert_eq!((listened.listeners(), listened.things(), listened.pairs()), (3, 3, 3));
        let things = listened.by_thing();
        let of = |thing: u32| {
            things
                .row(thing)
                .iter()
                .map(|(listener, _)| *listener)
                .collect::<Vec<_>>()
        };
        assert_eq!((of(0), of(1), of(2)), (vec![0], vec![], vec![0, 2]));
        assert!((things.row(2)[0].1 - 3.0_f32.ln_1p()).abs() < f32::EPSILON);
    }

    #[test]
    fn a_name_keeps_its_number() {
        let mut names = Interned::default();
        assert_eq!((names.number(&"a"), names.number(&"b"), names.number(&"a")), (0, 1, 0));
        assert_eq!(
            (names.known(&"b"), names.known(&"c"), names.name(1)),
            (Some(1), None, Some(&"b"))
        );
    }
}
