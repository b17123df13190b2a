//! Loudness over a length that is not known before its end, in memory that does not grow with it.

use super::PEAKS;

/// Blocks that are kept: so many that each of the peaks has at least ten.
const MAX_BLOCKS: usize = 16 * 1024;

/// The loudest level of each block. When there are too many blocks, each two become one.
pub(super) struct Peaks {
    blocks: Vec<u8>,
    frames_a_block: usize,
    /// The block that is not full yet.
    loudest: u8,
    frames: usize,
}

impl Default for Peaks {
    fn default() -> Self {
        Self {
            blocks: Vec::with_capacity(MAX_BLOCKS),
            frames_a_block: 1,
            loudest: 0,
            frames: 0,
        }
    }
}

impl Peaks {
    pub(super) fn add(&mut self, levels: impl Iterator<Item = u8>) {
        for level in levels {
            self.loudest = self.loudest.max(level);
            self.frames += 1;
            if self.frames == self.frames_a_block {
                self.end_block();
            }
        }
    }

    fn end_block(&mut self) {
        self.blocks.push(self.loudest);
        (self.loudest, self.frames) = (0, 0);
        if self.blocks.len() == MAX_BLOCKS {
            let pairs = self
                .blocks
                .chunks(2)
                .map(|pair| pair.iter().copied().max().unwrap_or(0));
            self.blocks = pairs.collect();
            self.frames_a_block *= 2;
        }
    }

    /// The peaks; none where there was no sound at all.
    pub(super) fn finish(mut self) -> Option<Vec<u8>> {
        if self.frames > 0 {
            self.blocks.push(self.loudest);
        }
        let count = self.blocks.len();
        if count == 0 {
            return None;
        }
        let peak = |at: usize| {
            let first = at * count / PEAKS;
            // A short sound has fewer blocks than there are peaks.
            let end = ((at + 1) * count / PEAKS).max(first + 1);
            self.blocks[first..end].iter().copied().max().unwrap_or(0)
        };
        Some((0..PEAKS).map(peak).collect())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn peaks(levels: impl Iterator<Item = u8>) -> Option<Vec<u8>> {
        let mut peaks = Peaks::default();
        peaks.add(levels);
        peaks.finish()
    }

    #[test]
    fn nothing_has_no_peaks_and_little_has_all_of_them() {
        assert_eq!(peaks(std::iter::empty()), None);
        assert_eq!(peaks(std::iter::once(9)), Some(vec![9; PEAKS]));
        let two = peaks([1, 2].into_iter()).unwrap();
        assert_eq!((two[399], two[400]), (1, 2));
    }

    #[test]
    fn a_swell_of_ten_minutes_is_a_swell() {
        let frames = 600 * 44_100_u64;
        let swell = peaks((0..frames).map(|at| u8::try_from(at * 256 / frames).unwrap())).unwrap();
        assert!(swell.is_sorted());
        assert!(swell[0] <= 1 && swell[PEAKS - 1] == 255);
        assert!(swell[400].abs_diff(128) <= 1, "{}", swell[400]);
    }

    proptest! {
        #[test]
        fn the_loudest_moment_is_in_the_part_where_it_is(frames in 1_usize..200_000, part in 0.0_f64..1.0) {
            #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small")]
            let at = (frames as f64 * part) as usize;
            let found = peaks((0..frames).map(|frame| if frame == at { 200 } else { 3 })).unwrap();
            prop_assert_eq!(found.len(), PEAKS);
            let right = at * PEAKS / frames;
            let loud: Vec<usize> = (0..PEAKS).filter(|peak| found[*peak] == 200).collect();
            prop_assert!(!loud.is_empty());
            // A short sound's frames are longer than a part; at a border of two blocks it is in the next one.
            let reach = PEAKS / frames.min(PEAKS) + 1;
            prop_assert!(loud.iter().all(|peak| peak.abs_diff(right) <= reach), "{:?} {}", loud, right);
        }
    }
}
