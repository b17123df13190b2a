//! A seeded generator: the same seed chooses the same faults and the same commands.

/// `SplitMix64` (Steele, Lea, Flood 2014).
#[derive(Clone)]
pub(super) struct Random(u64);

impl Random {
    /// The generator of one part of a run: parts do not disturb each other's numbers.
    pub(super) fn of(seed: u64, part: &str) -> Self {
        let part = part.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ part)
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// From 0 to `count` − 1.
    pub(super) fn below(&mut self, count: usize) -> usize {
        let count = u64::try_from(count.max(1)).expect("a small number");
        usize::try_from(self.next() % count).expect("a small number")
    }

    pub(super) fn percent(&mut self, chance: usize) -> bool {
        self.below(100) < chance
    }

    pub(super) fn pick<'a, T>(&mut self, all: &'a [T]) -> Option<&'a T> {
        if all.is_empty() {
            return None;
        }
        let at = self.below(all.len());
        all.get(at)
    }

    /// Milliseconds in this range.
    pub(super) fn millis(&mut self, from: usize, to: usize) -> std::time::Duration {
        let span = self.below(to - from) + from;
        std::time::Duration::from_millis(u64::try_from(span).expect("a small number"))
    }
}
