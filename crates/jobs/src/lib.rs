//! Background work: which kinds there are, the loop that runs them, their schedules and metrics.
//!
//! A command enqueues a job in its own transaction (`store::Unit::enqueue`). A worker claims it for a time, its lease, and
//! runs its [`Handler`] step by step; [`Claim::commit`] records each step with what was done in it, in one transaction. A
//! killed worker's job goes on elsewhere from its last step once the lease is over. The queue's SQL is in `store`; what a
//! kind does is in its handler. It must not know HTTP, nor either side.

mod claim;
mod execution;
mod export;
mod fan_out;
mod kinds;
mod orphans;
mod remove;
mod runner;
mod sweep;
mod traced;
mod waveforms;

pub use claim::{Claim, JobError, Stopped};
pub use export::{Exporter, HistoryPage, OwnHistory, Reading};
pub use fan_out::FanOuter;
pub use kinds::{Handler, Kinds};
pub use orphans::{OrphanError, OrphanSweep, SweptPage};
pub use remove::Remover;
pub use runner::{JobsConfig, run};
pub use sweep::{Sweep, Sweeper};
pub use waveforms::{WaveformMaker, Waveforms};
