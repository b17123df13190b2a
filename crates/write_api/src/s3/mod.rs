//! `/api/v1/s3`: objects are sent, deleted and cleaned up. What uses them comes later, by their keys.

pub(crate) mod cleanup;
pub(crate) mod delete;
pub(crate) mod upload;
