//! The seam for models.

use std::ops::ControlFlow;

use crate::Interactions;

/// A thing near another one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Neighbour {
    pub thing: u32,
    /// Higher is nearer; comparable between all things of one fit.
    pub score: f32,
}

/// What makes neighbours of who listened what. Pure: the same interactions give the same neighbours.
pub trait Model: Send + Sync + 'static {
    /// The strategy that answers name.
    const NAME: &'static str;

    /// Gives each thing's neighbours, the nearest first, to `take`, thing by thing, until it breaks.
    fn fit(&self, listened: &Interactions, take: impl FnMut(u32, &[Neighbour]) -> ControlFlow<()>);
}
