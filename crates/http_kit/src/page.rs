//! Lists: pages with a total, and histories without.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::Error;

/// Items of a page when the client does not say.
const DEFAULT_LIMIT: u32 = 20;
const MAX_LIMIT: u32 = 100;
const MAX_OFFSET: u32 = 10_000;

/// A part of a list.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// How many there are in all.
    pub total: u64,
    /// Most items of this page.
    pub limit: u32,
    /// Items skipped.
    pub offset: u32,
    /// Send it as `cursor` to go on; null at the end.
    pub next_cursor: Option<String>,
}

/// A part of a history, newest first.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct History<T> {
    /// The items.
    pub items: Vec<T>,
    /// Send it as `cursor` to go on; null at the end.
    pub next_cursor: Option<String>,
}

/// Which part of a list is wanted.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// Most items, 1 to 100.
    #[param(example = 20, minimum = 1, maximum = 100)]
    pub limit: Option<u32>,
    /// Items to skip, 0 to 10000.
    #[param(minimum = 0, maximum = 10_000)]
    pub offset: Option<u32>,
    /// `next_cursor` of the page before, in place of `offset`.
    #[param(min_length = 1)]
    pub cursor: Option<String>,
}

/// A valid [`PageQuery`].
#[derive(Clone, Debug)]
pub struct Paging {
    pub limit: u32,
    /// Items to skip; 0 with a cursor.
    pub offset: u32,
    /// Where to go on.
    pub cursor: Option<String>,
}

/// How many items, 1 to 100; 20 when the client does not say.
pub fn limit(limit: Option<u32>) -> Result<u32, Error> {
    let limit = limit.unwrap_or(DEFAULT_LIMIT);
    if (1..=MAX_LIMIT).contains(&limit) {
        return Ok(limit);
    }
    Err(Error::invalid("limit", "must be 1 to 100"))
}

impl PageQuery {
    pub fn checked(&self) -> Result<Paging, Error> {
        let limit = limit(self.limit)?;
        let offset = self.offset.unwrap_or(0);
        if offset > MAX_OFFSET {
            return Err(Error::invalid(
                "offset",
                "must be 0 to 10000; go on with cursor instead",
            ));
        }
        if self.cursor.is_some() && self.offset.is_some() {
            return Err(Error::invalid("cursor", "must not be given together with offset"));
        }
        Ok(Paging {
            limit,
            offset,
            cursor: self.cursor.clone(),
        })
    }
}

impl<T> Page<T> {
    /// A page read by offset, whose cursor is the next offset.
    #[must_use]
    pub fn by_offset(items: Vec<T>, total: u64, paging: &Paging) -> Self {
        Self {
            items,
            total,
            limit: paging.limit,
            offset: paging.offset,
            next_cursor: None,
        }
    }
}
