//! For the OpenAPI document: the problems that an operation can answer.

use std::collections::BTreeMap;

use utoipa::openapi::{ContentBuilder, Ref, RefOr, Response, ResponseBuilder};

/// The responses of these statuses, each with a problem for its body.
#[must_use]
pub fn problems(statuses: &[u16]) -> BTreeMap<String, RefOr<Response>> {
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
        400 => "the body did not arrive whole",
        401 => "no token where one is needed, or one that is not valid",
        403 => "it belongs or concerns somebody else, or needs another role",
        404 => "there is no such thing",
        408 => "the body took too long to come in",
        412 => "it has another version than `If-Match` names",
        413 => "the body is larger than this route takes",
        415 => "the body is of another type than this route takes",
        422 => "a field or a parameter is not valid; `errors` names it",
        429 => "too many failures; wait `Retry-After` seconds",
        _ => "an engine that this needs is unavailable; try again after `Retry-After` seconds",
    }
}
