//! For the OpenAPI document: the problems that groups of operations can answer, by name.

use std::collections::BTreeMap;

use utoipa::{
    IntoResponses,
    openapi::{ContentBuilder, Header, ObjectBuilder, Ref, RefOr, Response, ResponseBuilder, Type},
};

use crate::PROBLEM_JSON;

macro_rules! problem_sets {
    ($($(#[$doc:meta])* $name:ident: $statuses:expr;)*) => {$(
        $(#[$doc])*
        pub enum $name {}

        impl IntoResponses for $name {
            fn responses() -> BTreeMap<String, RefOr<Response>> {
                let statuses: &[u16] = &$statuses;
                statuses.iter().map(|status| (status.to_string(), RefOr::T(problem(*status)))).collect()
            }
        }
    )*};
}

problem_sets! {
    /// Of what needs no parameter and no token; 422 is for parameters that there are not.
    ReadProblems: [401, 422, 503];
    /// Of lists, searches and charts.
    ListProblems: [401, 422, 503];
    /// Of a list for admins.
    AdminListProblems: [401, 403, 422, 503];
    /// Of one thing by id.
    ByIdProblems: [401, 404, 422, 503];
    /// Of a list that belongs to one thing.
    ChildrenProblems: [401, 404, 422, 503];
    /// Of what concerns one person.
    SelfProblems: [401, 403, 404, 422, 503];
    /// Where a name in the path may be unknown, and nothing else.
    UnknownProblem: [404];
    /// Of a range of a file; beside [`ByIdProblems`].
    RangeProblem: [416];
    /// Where nothing but an engine can fail.
    UnavailableProblem: [503];
    /// Of opening an account.
    RegisterProblems: [400, 408, 409, 413, 415, 422, 429, 503];
    /// Of signing in.
    SignInProblems: [400, 401, 408, 413, 415, 422, 429, 503];
    /// Of a command with a body.
    CommandProblems: [400, 401, 408, 413, 415, 422, 503];
    /// Of a command with a body that concerns a thing by id.
    CommandByIdProblems: [400, 401, 404, 408, 413, 415, 422, 503];
    /// Of creating, which needs a role.
    CreateProblems: [400, 401, 403, 408, 413, 415, 422, 503];
    /// Of a command for admins, with a body.
    AdminCommandProblems: [400, 401, 403, 408, 413, 415, 422, 503];
    /// Of changing a thing by id.
    ChangeProblems: [400, 401, 403, 404, 408, 412, 413, 415, 422, 503];
    /// Of deleting a thing by id.
    DeleteProblems: [401, 403, 404, 412, 422, 503];
    /// Where what is there already may stand in the way; beside another set.
    ConflictProblem: [409];
    /// What somebody may do so often, or so many times at once; beside another set.
    TooManyProblem: [429];
    /// Where `If-Match` may name another version; beside another set.
    StaleProblem: [412];
    /// Where a parameter may be not valid; beside another set.
    InvalidProblem: [422];
}

/// Of an answer with a weak tag that the client has already.
pub enum NotModified {}

impl IntoResponses for NotModified {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let text = ObjectBuilder::new().schema_type(Type::String).build();
        let answer = ResponseBuilder::new()
            .description("what the client has, by `If-None-Match`, says the same")
            .header("ETag", Header::new(text));
        BTreeMap::from([("304".to_owned(), RefOr::T(answer.build()))])
    }
}

pub(crate) fn problem(status: u16) -> Response {
    described(status, meaning(status))
}

pub(crate) fn described(status: u16, meaning: &str) -> Response {
    let schema = Ref::from_schema_name("Problem");
    let content = ContentBuilder::new().schema(Some(schema)).build();
    let problem = ResponseBuilder::new()
        .description(meaning)
        .content(PROBLEM_JSON, content);
    let header = |kind| Header::new(ObjectBuilder::new().schema_type(kind).build());
    let problem = match status {
        416 => problem.header("Content-Range", header(Type::String)),
        429 | 503 => problem.header("Retry-After", header(Type::Integer)),
        _ => problem,
    };
    if status == 429 {
        let problem = problem.header("RateLimit", header(Type::String));
        return problem.header("RateLimit-Policy", header(Type::String)).build();
    }
    problem.build()
}

fn meaning(status: u16) -> &'static str {
    match status {
        400 => "the body did not arrive whole",
        401 => "no token where one is needed, or one that is not valid",
        403 => "it belongs to or concerns somebody else, or needs another role, or an API key with another scope",
        404 => "there is no such thing",
        408 => "the body took too long to come in",
        409 => "what is there already stands in the way; `detail` says what",
        412 => "it has another version than `If-Match` names",
        413 => "the body is larger than this route takes",
        415 => "the body is of another type than this route takes, or encoded",
        416 => "the range lies outside of the file",
        422 => "a field or a parameter is not valid; `errors` names it",
        429 => "too often, or too many at once; wait `Retry-After` seconds",
        _ => "an engine that this needs is unavailable; try again after `Retry-After` seconds",
    }
}
