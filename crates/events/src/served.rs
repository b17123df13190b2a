//! Requests that were answered: many in one event, since there is one for each.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Time;

/// One request that was answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ServedRequest {
    /// When it was answered.
    pub at: Time,
    /// The pattern of its path: no id and no query stands in it.
    pub route: String,
    /// Its method; `other` for one that HTTP does not name.
    pub method: String,
    /// The status of the answer.
    pub status: u16,
    /// Until the answer began, in microseconds.
    pub duration_us: u64,
}

/// Requests that one process answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Served {
    /// In the order in which they were answered; at most 500.
    pub requests: Vec<ServedRequest>,
}
