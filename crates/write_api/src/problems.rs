//! For the OpenAPI document: the problems that groups of commands can answer. What only one command answers, it says.

use std::collections::BTreeMap;

use http_kit::problems;
use utoipa::{
    IntoResponses,
    openapi::{RefOr, Response},
};

/// Of signing in and up, which need no token.
pub(crate) enum OfAccounts {}
/// Of commands for whoever is signed in.
pub(crate) enum OfSignedIn {}
/// Of creating, which needs a role.
pub(crate) enum OfCreating {}
/// Of changing a thing by id.
pub(crate) enum OfChanging {}
/// Of deleting a thing by id.
pub(crate) enum OfDeleting {}

impl IntoResponses for OfAccounts {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        problems(&[400, 408, 413, 415, 422, 503])
    }
}

impl IntoResponses for OfSignedIn {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        problems(&[400, 401, 408, 413, 415, 422, 503])
    }
}

impl IntoResponses for OfCreating {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        problems(&[400, 401, 403, 408, 413, 415, 422, 503])
    }
}

impl IntoResponses for OfChanging {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        problems(&[400, 401, 403, 404, 408, 412, 413, 415, 422, 503])
    }
}

impl IntoResponses for OfDeleting {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        problems(&[401, 403, 404, 412, 503])
    }
}
