//! For the OpenAPI document: the problems that groups of operations can answer, and bytes.

use std::collections::BTreeMap;

use utoipa::{
    IntoResponses, PartialSchema, ToSchema,
    openapi::{
        ContentBuilder, KnownFormat, ObjectBuilder, Ref, RefOr, Response, ResponseBuilder, Schema, SchemaFormat, Type,
    },
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

fn problems(statuses: &[u16]) -> BTreeMap<String, RefOr<Response>> {
    let problem = |status: &u16| {
        let schema = Ref::from_schema_name("Problem");
        let content = ContentBuilder::new().schema(Some(schema)).build();
        let response = ResponseBuilder::new()
            .description(meaning(*status))
            .content("application/problem+json", content)
            .build();
        (status.to_string(), RefOr::T(response))
    };
    statuses.iter().map(problem).collect()
}

fn meaning(status: u16) -> &'static str {
    match status {
        401 => "no token where one is needed, or one that is not valid",
        403 => "this concerns somebody else",
        404 => "there is no such thing",
        422 => "a parameter is not valid; `errors` names it",
        _ => "an engine that this needs is away; try again after `Retry-After` seconds",
    }
}
