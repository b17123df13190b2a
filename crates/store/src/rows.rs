//! What the rows of several tables have in common.

use std::collections::HashMap;

use diesel::{QueryableByName, sql_types::BigInt};
use events::ExternalIds;
use serde_json::Value;
use uuid::Uuid;

use crate::StoreError;

/// What a query of one's own counts, as `count`.
#[derive(QueryableByName)]
pub(crate) struct Count {
    #[diesel(sql_type = BigInt)]
    pub(crate) count: i64,
}

/// The values in the order of the ids; what is not there is left out.
pub(crate) fn in_order<T>(ids: &[Uuid], mut values: HashMap<Uuid, T>) -> Vec<T> {
    ids.iter().filter_map(|id| values.remove(id)).collect()
}

/// What the column holds is written by us only, from this very type.
pub(crate) fn external_ids(value: Value) -> Result<ExternalIds, StoreError> {
    serde_json::from_value(value).map_err(|error| StoreError::Defect(format!("external_ids of a row: {error}")))
}

pub(crate) fn to_json(ids: &ExternalIds) -> Value {
    ids.iter()
        .map(|(scheme, id)| (scheme.clone(), Value::String(id.clone())))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

/// The one view of a row that was written a moment ago.
pub(crate) fn one<T>(mut views: Vec<T>) -> Result<T, StoreError> {
    let view = views.pop();
    view.ok_or_else(|| StoreError::Defect("a row that was written a moment ago is not there".to_owned()))
}
