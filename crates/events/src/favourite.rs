//! What people like. Under the pseudonym: joined with listens it says what somebody likes, and never who.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{ItemType, ListenerId, Open};

/// Something that is a favourite from now on, or is one no longer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Favourite {
    /// Whose, as a pseudonym.
    pub listener_id: ListenerId,
    /// What it is.
    #[serde(rename = "type")]
    pub kind: Open<ItemType>,
    /// Which one.
    pub id: Uuid,
}
