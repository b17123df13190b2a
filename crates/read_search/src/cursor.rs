//! Cursors: the sort values of the last hit, opaque to the client.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{Sort, search::SearchError};

/// Characters of a cursor: a name of 256 letters of four bytes, and the rest.
const MAX_CURSOR: usize = 2_000;

/// A cursor that goes on after a hit with these sort values.
pub(crate) fn encode(sort: Sort, value: &Value, id: Uuid) -> String {
    URL_SAFE_NO_PAD.encode(json!([sort.field(), [value, id]]).to_string())
}

/// The sort values in a cursor. All that a client could have changed is checked, so that Elasticsearch takes them.
pub(crate) fn decode(sort: Sort, cursor: &str) -> Result<Vec<Value>, SearchError> {
    if cursor.len() > MAX_CURSOR {
        return Err(SearchError::BadCursor);
    }
    let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| SearchError::BadCursor)?;
    let (field, values): (String, Vec<Value>) = serde_json::from_slice(&bytes).map_err(|_| SearchError::BadCursor)?;
    let [value, id] = values.as_slice() else {
        return Err(SearchError::BadCursor);
    };
    let fits = match sort {
        Sort::Relevance => value.as_f64().is_some_and(|score| score.abs() < f64::from(f32::MAX)),
        Sort::Name => value.is_string(),
        Sort::CreatedAt | Sort::ReleaseDate | Sort::Duration => value.is_i64(),
    };
    let has_id = id.as_str().is_some_and(|id| Uuid::try_parse(id).is_ok());
    if field == sort.field() && fits && has_id {
        Ok(values)
    } else {
        Err(SearchError::BadCursor)
    }
}
