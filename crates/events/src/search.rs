//! A search, and what was opened of what it found.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{ItemType, ListenerId, Open};

/// What was opened of what a search found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ToSchema)]
pub struct Clicked {
    /// Its kind.
    #[serde(rename = "type")]
    #[schema(value_type = ItemType)]
    pub kind: Open<ItemType>,
    /// Which one.
    pub id: Uuid,
    /// Its place among what was found, from 1.
    #[schema(example = 1)]
    pub position: u32,
}

/// A search. Its id and its time are the envelope's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Searched {
    /// Who searched, as a pseudonym; null for somebody who was not signed in.
    pub listener_id: Option<ListenerId>,
    /// The words.
    pub query: String,
    /// How much was found, on all pages.
    pub results_count: u64,
    /// What was opened of it.
    pub clicked: Option<Clicked>,
}
