//! Where items stand: numbers with room between them, so that one item is added or moved without touching the others.

/// Room after the last item. Ten thousand items with this between them take 2^53, of the 2^63 that a number has.
pub const RANK_GAP: i64 = 1 << 40;

/// Ranks of `count` items between two neighbours, rising. None when there is no room: then all items get new ranks, which
/// happens after some forty additions at the same place.
#[must_use]
pub fn ranks_between(before: Option<i64>, after: Option<i64>, count: usize) -> Option<Vec<i64>> {
    let count = i64::try_from(count).ok()?;
    let (start, step) = match (before, after) {
        (before, None) => (before.unwrap_or(0), RANK_GAP),
        (None, Some(after)) => (after.checked_sub(RANK_GAP.checked_mul(count + 1)?)?, RANK_GAP),
        (Some(before), Some(after)) => (before, after.checked_sub(before)? / (count + 1)),
    };
    if step < 1 {
        return None;
    }
    (1..=count).map(|at| start.checked_add(step.checked_mul(at)?)).collect()
}
