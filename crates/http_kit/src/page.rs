//! Lists: pages with a total, and histories without.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{Error, Whole};

/// Items of a page when the client does not say.
const DEFAULT_LIMIT: u32 = 20;

/// Most items of a page.
pub type Limit = Whole<1, 100>;

/// Items to skip; further in, a cursor goes on.
type Offset = Whole<0, 10_000>;

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
    #[param(inline, example = 20)]
    pub limit: Option<Limit>,
    /// Items to skip, 0 to 10000; further in, go on with `cursor`.
    #[param(inline)]
    pub offset: Option<Offset>,
    /// `next_cursor` of the page before, in place of `offset`.
    #[param(min_length = 1, max_length = 4096)]
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

/// How many items; 20 when the client does not say.
#[must_use]
pub fn limit(limit: Option<Limit>) -> u32 {
    limit.map_or(DEFAULT_LIMIT, Whole::get)
}

impl PageQuery {
    pub fn checked(&self) -> Result<Paging, Error> {
        if self.cursor.is_some() && self.offset.is_some() {
            return Err(Error::invalid("cursor", "must not be given together with offset"));
        }
        Ok(Paging {
            limit: limit(self.limit),
            offset: self.offset.map_or(0, Whole::get),
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
