//! Recommendations: from who listened what to what is near what, and from that to what to hear next.
//!
//! It owns the models (pure: interactions in, neighbours out), the job that fits one from the analytics and switches to what
//! it made, and how neighbours become a list. It must not know HTTP, the commands, or who a listener is.

mod fit;
mod interactions;
mod knn;
mod model;
mod ranking;

pub use fit::{Fit, FitLimits, Fitter, taste};
pub use interactions::{Interactions, Interned};
pub use knn::CoListening;
pub use model::{Model, Neighbour};
pub use ranking::{Link, Suggested, at_most_per_key, ranked};
