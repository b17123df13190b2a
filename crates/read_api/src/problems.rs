//! For the OpenAPI document: the problems that groups of operations can answer, and bytes.

use std::collections::BTreeMap;

use http_kit::problems;
use utoipa::{
    IntoResponses, PartialSchema, ToSchema,
    openapi::{KnownFormat, ObjectBuilder, RefOr, Response, Schema, SchemaFormat, Type},
};

/// The bytes of a file.
pub(crate) enum Binary {}

impl PartialSchema for Binary {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Binary)))
            .into()
    }
}

impl ToSchema for Binary {}

/// Of lists, searches and charts.
pub(crate) enum OfLists {}
/// Of one thing by id.
pub(crate) enum ById {}
/// Of a list below one thing.
pub(crate) enum Below {}
/// Of what concerns one person.
pub(crate) enum OfSelf {}
/// Of figures without parameters.
pub(crate) enum OfFigures {}

impl IntoResponses for OfLists {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        problems(&[401, 422, 503])
    }
}

impl IntoResponses for ById {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        problems(&[401, 404, 503])
    }
}

impl IntoResponses for Below {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        problems(&[401, 404, 422, 503])
    }
}

impl IntoResponses for OfSelf {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        problems(&[401, 403, 404, 422, 503])
    }
}

impl IntoResponses for OfFigures {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        problems(&[401, 503])
    }
}
