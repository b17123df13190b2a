//! From neighbours to a list.

use std::{
    collections::{HashMap, HashSet},
    hash::{BuildHasher, Hash},
};

/// Things named as the reason of one suggestion.
const REASONS: usize = 3;

/// Something listened, something near it, and how much it speaks for that.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Link<I> {
    pub listened: I,
    pub near: I,
    pub score: f32,
}

/// Something to hear next.
#[derive(Clone, Debug, PartialEq)]
pub struct Suggested<I> {
    pub thing: I,
    pub score: f32,
    /// What was listened and speaks most for it, at most three.
    pub because: Vec<I>,
}

/// What the links speak for, best first; nothing of `left_out`. Equal scores are in the order of things.
#[must_use]
pub fn ranked<I: Copy + Eq + Hash + Ord>(
    links: impl IntoIterator<Item = Link<I>>,
    left_out: &HashSet<I, impl BuildHasher>,
) -> Vec<Suggested<I>> {
    let mut found: HashMap<I, (f32, Vec<(f32, I)>)> = HashMap::new();
    for link in links {
        if left_out.contains(&link.near) {
            continue;
        }
        let (score, reasons) = found.entry(link.near).or_default();
        *score += link.score;
        reasons.push((link.score, link.listened));
        if reasons.len() > REASONS * 4 {
            keep_best(reasons);
        }
    }
    let suggested = |(thing, (score, mut reasons)): (I, (f32, Vec<(f32, I)>))| {
        keep_best(&mut reasons);
        Suggested {
            thing,
            score,
            because: reasons.into_iter().map(|(_, listened)| listened).collect(),
        }
    };
    let mut all: Vec<Suggested<I>> = found.into_iter().map(suggested).collect();
    all.sort_unstable_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.thing.cmp(&b.thing)));
    all
}

fn keep_best<I: Ord>(reasons: &mut Vec<(f32, I)>) {
    reasons.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    reasons.truncate(REASONS);
}

/// The first of each key, at most `most`; the others are left out.
pub fn at_most_per_key<T, K: Eq + Hash>(
    items: impl IntoIterator<Item = T>,
    most: usize,
    key: impl Fn(&T) -> K,
) -> Vec<T> {
    let mut counts: HashMap<K, usize> = HashMap::new();
    let mut kept = |item: &T| {
        let count = counts.entry(key(item)).or_default();
        *count += 1;
        *count <= most
    };
    items.into_iter().filter(|item| kept(item)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(listened: u32, near: u32, score: f32) -> Link<u32> {
        Link { listened, near, score }
    }

    #[test]
    fn scores_add_up_and_the_strongest_reasons_are_named() {
        let links = [
            link(1, 9, 0.1),
            link(2, 9, 0.4),
            link(3, 9, 0.2),
            link(4, 9, 0.3),
            link(1, 8, 0.9),
            link(1, 7, 5.0),
        ];
        let all = ranked(links, &HashSet::from([7]));
        assert_eq!(all.iter().map(|one| one.thing).collect::<Vec<_>>(), [9, 8]);
        assert_eq!(all[0].because, [2, 4, 3]);
        assert!((all[0].score - 1.0).abs() < 1e-6);
    }

    #[test]
    fn no_key_has_more_than_its_share() {
        let kept = at_most_per_key([("a", 1), ("a", 2), ("b", 3), ("a", 4)], 2, |(key, _)| *key);
        assert_eq!(kept, [("a", 1), ("a", 2), ("b", 3)]);
    }
}
