//! Neighbours by co-listening: things that the same people play.

use std::{cmp::Ordering, ops::ControlFlow};

use crate::{Interactions, Model, Neighbour, interactions::Rows};

/// Listeners of one thing that are looked at: of more, evenly chosen ones.
const MAX_LISTENERS: usize = 2_000;

/// Item-based neighbours. For two things: the sum over their common listeners of the product of both weights, with
///
/// - a listener's word worth less the more they hear (`listener`),
/// - both sums divided by powers of what each is played in all (`own`, `popularity`), so that what everybody plays is not
///   near everything,
/// - and shrunk by `common / (common + shrinkage)`, so that one common listener is no proof.
#[derive(Clone, Copy, Debug)]
pub struct CoListening {
    pub shrinkage: f32,
    pub listener: f32,
    pub own: f32,
    pub popularity: f32,
    /// Neighbours of each thing.
    pub kept: usize,
}

impl Default for CoListening {
    /// Chosen by `cargo xtask bench recommend` on hetrec2011-lastfm-2k.
    fn default() -> Self {
        Self {
            shrinkage: 1.0,
            listener: 0.5,
            own: 0.6,
            popularity: 0.4,
            kept: 100,
        }
    }
}

/// What is summed up for the neighbours of one thing.
struct Sums {
    scores: Vec<f32>,
    common: Vec<u32>,
    touched: Vec<u32>,
}

impl Model for CoListening {
    const NAME: &'static str = "co-listening";

    fn fit(&self, listened: &Interactions, mut take: impl FnMut(u32, &[Neighbour]) -> ControlFlow<()>) {
        let (listeners, things) = (listened.by_listener(), listened.by_thing());
        let word: Vec<f32> = totals(listeners).map(|total| damped(total, self.listener)).collect();
        let played: Vec<f32> = totals(&things).collect();
        let mut sums = Sums {
            scores: vec![0.0; listened.things()],
            common: vec![0; listened.things()],
            touched: Vec::new(),
        };
        for thing in numbers(&things) {
            let row = things.row(thing);
            for (listener, weight) in row.iter().step_by(row.len().div_ceil(MAX_LISTENERS).max(1)) {
                let weight = weight * word[*listener as usize];
                sums.add(listeners.row(*listener), weight);
            }
            let own = damped(played[thing as usize], self.own);
            let near = sums.take(thing, |other, sum, common| {
                let shrunk = common / (common + self.shrinkage);
                sum * shrunk * own * damped(played[other as usize], self.popularity)
            });
            if take(thing, &best(near, self.kept)).is_break() {
                return;
            }
        }
    }
}

fn numbers(rows: &Rows) -> impl Iterator<Item = u32> + use<> {
    0..u32::try_from(rows.len()).unwrap_or(u32::MAX)
}

fn totals(rows: &Rows) -> impl Iterator<Item = f32> {
    numbers(rows).map(|at| rows.row(at).iter().map(|(_, weight)| weight).sum())
}

fn damped(total: f32, power: f32) -> f32 {
    total.max(f32::MIN_POSITIVE).powf(-power)
}

impl Sums {
    fn add(&mut self, row: &[(u32, f32)], weight: f32) {
        for (other, of_other) in row {
            let at = *other as usize;
            if self.common[at] == 0 {
                self.touched.push(*other);
            }
            self.common[at] += 1;
            self.scores[at] += weight * of_other;
        }
    }

    /// The scores of all but the thing itself; the sums are empty again.
    fn take(&mut self, thing: u32, score: impl Fn(u32, f32, f32) -> f32) -> Vec<Neighbour> {
        let mut near = Vec::with_capacity(self.touched.len());
        for other in self.touched.drain(..) {
            let at = other as usize;
            let (sum, common) = (self.scores[at], self.common[at]);
            self.scores[at] = 0.0;
            self.common[at] = 0;
            if other != thing {
                #[expect(clippy::cast_precision_loss, reason = "at most MAX_LISTENERS")]
                let common = common as f32;
                near.push(Neighbour {
                    thing: other,
                    score: score(other, sum, common),
                });
            }
        }
        near
    }
}

/// The nearest first; of equally near ones the lower number.
fn best(mut near: Vec<Neighbour>, kept: usize) -> Vec<Neighbour> {
    let order =
        |a: &Neighbour, b: &Neighbour| -> Ordering { b.score.total_cmp(&a.score).then_with(|| a.thing.cmp(&b.thing)) };
    if near.len() > kept && kept > 0 {
        near.select_nth_unstable_by(kept - 1, order);
    }
    near.truncate(kept);
    near.sort_unstable_by(order);
    near
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fitted(listened: &Interactions, model: CoListening) -> Vec<Vec<Neighbour>> {
        let mut all = Vec::new();
        model.fit(listened, |thing, near| {
            assert_eq!(thing as usize, all.len());
            all.push(near.to_vec());
            ControlFlow::Continue(())
        });
        all
    }

    fn listened(rows: &[&[u32]]) -> Interactions {
        let mut listened = Interactions::default();
        for row in rows {
            listened.push(row.iter().map(|thing| (*thing, 1.0)));
        }
        listened
    }

    #[test]
    fn what_the_same_people_play_is_near() {
        let all = fitted(&listened(&[&[0, 1], &[0, 1], &[2, 3], &[0, 3]]), CoListening::default());
        assert_eq!(all[0][0].thing, 1);
        assert_eq!(all[2].iter().map(|near| near.thing).collect::<Vec<_>>(), [3]);
        assert!(all[0].iter().all(|near| near.thing != 0 && near.thing != 2));
    }

    #[test]
    fn one_common_listener_is_less_than_two_and_what_everybody_plays_is_less_near() {
        let all = fitted(
            &listened(&[&[0, 1, 2], &[0, 1], &[2], &[2], &[2]]),
            CoListening::default(),
        );
        let near: Vec<u32> = all[0].iter().map(|near| near.thing).collect();
        assert_eq!(near, [1, 2]);
    }

    #[test]
    fn each_part_of_a_score_is_that_counted_by_hand() {
        // Three people play thing 0: two of them play thing 1 too, and the third plays thing 2, as three others do. So many
        // plays weigh 1.
        let plays = std::f32::consts::E - 1.0;
        let mut listened = Interactions::default();
        let rows: [&[u32]; 6] = [&[0, 1], &[0, 1], &[0, 2], &[2], &[2], &[2]];
        for row in rows {
            listened.push(row.iter().map(|thing| (*thing, plays)));
        }
        let root = f32::sqrt;
        for ([shrinkage, listener, own, popularity], one, two) in [
            ([0.0, 0.0, 0.0, 0.0], 2.0, 1.0),
            ([1.0, 0.0, 0.0, 0.0], 2.0 * 2.0 / 3.0, 1.0 / 2.0),
            ([0.0, 0.5, 0.0, 0.0], 2.0 / root(2.0), 1.0 / root(2.0)),
            ([0.0, 0.0, 0.5, 0.0], 2.0 / root(3.0), 1.0 / root(3.0)),
            ([0.0, 0.0, 0.0, 0.5], 2.0 / root(2.0), 1.0 / root(4.0)),
        ] {
            let model = CoListening {
                shrinkage,
                listener,
                own,
                popularity,
                kept: 9,
            };
            let near = &fitted(&listened, model)[0];
            let things: Vec<u32> = near.iter().map(|near| near.thing).collect();
            assert_eq!(things, [1, 2], "{model:?}");
            for (near, score) in near.iter().zip([one, two]) {
                assert!((near.score - score).abs() < 1e-6, "{model:?}: {near:?}");
            }
        }
    }

    #[test]
    fn only_the_nearest_are_kept_and_a_break_ends_it() {
        let model = CoListening {
            kept: 1,
            ..CoListening::default()
        };
        let listened = listened(&[&[0, 1, 2], &[0, 1]]);
        assert!(fitted(&listened, model).iter().all(|near| near.len() == 1));
        let mut taken = 0;
        model.fit(&listened, |_, _| {
            taken += 1;
            ControlFlow::Break(())
        });
        assert_eq!(taken, 1);
    }
}
