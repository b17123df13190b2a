//! Registering operations: route, document and who may call come from one list.

use domain::Scope;
use serde_json::Value;
use utoipa::openapi::{OpenApi, path::Operation, security::SecurityRequirement};

use crate::problem_sets;

/// Who may call an operation. The document says it in `x-who`; the handler's extractors see to it, and a story calls every
/// operation as everybody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MayCall {
    /// No token is needed.
    Any,
    /// Whoever is signed in.
    User,
    /// The person it concerns, and admins.
    Oneself,
    /// The person it concerns, and nobody else.
    OnlyOneself,
    /// Who owns the thing, and admins.
    Owner,
    /// A person with the role artist or admin.
    Artist,
    Admin,
    /// Whoever may post listens.
    Producer,
}

impl MayCall {
    fn name(self) -> &'static str {
        match self {
            Self::Any => "any",
            Self::User => "user",
            Self::Oneself => "self",
            Self::OnlyOneself => "only self",
            Self::Owner => "owner",
            Self::Artist => "artist",
            Self::Admin => "admin",
            Self::Producer => "producer",
        }
    }
}

/// What an API key needs for an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needed {
    /// Any key will do.
    Nothing,
    Scope(Scope),
    /// No key will do: a person must have signed in.
    SignIn,
}

/// What an API key needs, by method and path pattern. Its owner and role are asked for beside it.
#[must_use]
pub fn needed_scope(method: &str, path: &str) -> Needed {
    let is_read = matches!(method, "GET" | "HEAD");
    let rest = path.strip_prefix("/api/v1/").unwrap_or_default().trim_end_matches('/');
    let parts: Vec<&str> = rest.split('/').collect();
    let scope = match parts[..] {
        ["auth", "me"] => return Needed::Nothing,
        ["auth", ..] | ["users", _, "export" | "password-reset" | "email-confirmation", ..] => return Needed::SignIn,
        ["users", _] if !is_read => return Needed::SignIn,
        ["users"] | ["admin" | "jobs", ..] | ["s3", "storage" | "maintenance", ..] if is_read => Scope::AdminRead,
        ["jobs", _] | ["upload", "jobs", _] => return Needed::Nothing,
        ["users"] | ["admin", ..] | ["s3", "maintenance", ..] => Scope::Admin,
        ["playlists", ..] => Scope::Playlists,
        ["tracks", _, "listen"] => Scope::EventsWrite,
        ["analytics", "dashboard"] | ["analytics", "performance", ..] | ["analytics", "clickhouse", "api-stats"] => {
            Scope::AdminRead
        }
        ["analytics", ..] if !is_read => Scope::EventsWrite,
        ["users" | "analytics" | "search" | "reports", ..] | ["tracks", "recommendations", _] => Scope::Library,
        ["artists" | "albums" | "tracks" | "upload" | "covers" | "s3", ..] if !is_read => Scope::CatalogueWrite,
        ["artists" | "albums" | "tracks" | "covers" | "s3", ..] => Scope::CatalogueRead,
        _ if !path.starts_with("/api/v1/") => Scope::CatalogueRead,
        // Nobody has said yet which keys may.
        _ => return Needed::SignIn,
    };
    Needed::Scope(scope)
}

/// What an answer comes from that may be behind: with a token of consistency the query waits for it. What is not named comes
/// from Postgres itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reads {
    Search,
    Analytics,
    Counters,
    /// What serves a list depends on its parameters.
    List,
    /// Rows that everybody sees, from a replica of Postgres where there is one; with a token from Postgres itself.
    Catalogue,
}

impl Reads {
    const ALL: [Self; 5] = [
        Self::Search,
        Self::Analytics,
        Self::Counters,
        Self::List,
        Self::Catalogue,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Search => "search",
            Self::Analytics => "analytics",
            Self::Counters => "counters",
            Self::List => "list",
            Self::Catalogue => "catalogue",
        }
    }

    /// As the document says it.
    pub(crate) fn of(operation: &Operation) -> Vec<Self> {
        let extensions = operation.extensions.as_ref();
        let names = extensions.and_then(|extensions| extensions.get("x-reads")?.as_array());
        let by_name = |name: &Value| Self::ALL.into_iter().find(|reads| name == reads.name());
        names.into_iter().flatten().filter_map(by_name).collect()
    }
}

/// What the list of operations says of one: its handler, who may call it, what it reads.
pub type Listed = (&'static str, MayCall, &'static [Reads]);

/// Of an operation that hides what is not the caller's: nobody but a key is told 403.
const KEY_MAY_NOT: &str = "the API key lacks the scope that this needs, or no key may do it";

/// Writes `x-who`, `x-reads`, and API keys with the scope that they need into the document. An operation is named by its
/// handler.
pub fn document_operations(document: &mut OpenApi, listed: &[Listed]) {
    for (path, item) in &mut document.paths.paths {
        let operations = [
            ("GET", &mut item.get),
            ("HEAD", &mut item.head),
            ("POST", &mut item.post),
            ("PUT", &mut item.put),
            ("PATCH", &mut item.patch),
            ("DELETE", &mut item.delete),
        ];
        for (method, operation) in operations {
            let Some(operation) = operation else { continue };
            let needed = needed_scope(method, path);
            document_keys(operation, needed);
            if needed != Needed::Nothing && !is_open(operation) {
                let of_keys = || problem_sets::described(403, KEY_MAY_NOT).into();
                let responses = &mut operation.responses.responses;
                responses.entry("403".to_owned()).or_insert_with(of_keys);
            }
            let id = operation.operation_id.as_deref();
            let named = |(handler, ..): &&Listed| handler.rsplit("::").next().map(str::trim) == id;
            if let Some((_, who, reads)) = listed.iter().find(named) {
                let extensions = operation.extensions.get_or_insert_default();
                extensions.insert("x-who".to_owned(), who.name().into());
                if !reads.is_empty() {
                    let models: Vec<&str> = reads.iter().map(|reads| reads.name()).collect();
                    extensions.insert("x-reads".to_owned(), models.into());
                }
            }
        }
    }
}

/// Whether it is answered without a token.
fn is_open(operation: &Operation) -> bool {
    let mut security = operation.security.iter().flatten();
    operation.security.is_none() || security.any(|requirement| *requirement == SecurityRequirement::default())
}

/// Where a token is taken, a key is.
fn document_keys(operation: &mut Operation, needed: Needed) {
    let scopes = match needed {
        Needed::SignIn => return,
        Needed::Nothing => Vec::new(),
        Needed::Scope(scope) => vec![scope.name()],
    };
    let security = operation.security.get_or_insert_default();
    if security.contains(&SecurityRequirement::new("bearer", [] as [&str; 0])) {
        security.push(SecurityRequirement::new("api_key", scopes));
    }
}

/// From a list of handlers, each with who may call it, and the read models that it reads, if any: `ApiDoc`, their part of the OpenAPI document, and `configure`, which
/// registers their routes in this order. What is more particular comes first: `/artists/popular` before
/// `/artists/{artist_id}`.
#[macro_export]
macro_rules! operations {
    ($($($handler:ident)::+ => $who:ident $(from $($reads:ident)&+)?),+ $(,)?) => {
        /// The operations of this crate, as a part of the OpenAPI document.
        #[derive(utoipa::OpenApi)]
        #[openapi(paths($($($handler)::+),+), modifiers(&Listed))]
        pub struct ApiDoc;

        struct Listed;

        impl utoipa::Modify for Listed {
            fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
                $crate::document_operations(document, &[$((
                    stringify!($($handler)::+),
                    $crate::MayCall::$who,
                    &[$($($crate::Reads::$reads),+)?],
                )),+]);
            }
        }

        /// Registers the operations of this crate.
        pub fn configure(config: &mut actix_web::web::ServiceConfig) {
            config$(.service($($handler)::+))+;
        }
    };
}

#[cfg(test)]
mod tests {
    use domain::Scope;

    use super::{Needed, needed_scope};

    #[test]
    fn each_operation_needs_one_scope_and_what_is_about_the_account_a_sign_in() {
        let scope = |method, path| needed_scope(method, path);
        for (method, path, needed) in [
            ("GET", "/api/v1/auth/me", Needed::Nothing),
            ("POST", "/api/v1/auth/api-keys", Needed::SignIn),
            ("PUT", "/api/v1/users/{user_id}", Needed::SignIn),
            ("DELETE", "/api/v1/users/{user_id}", Needed::SignIn),
            ("POST", "/api/v1/users/{user_id}/export", Needed::SignIn),
            ("GET", "/api/v1/users/{user_id}", Needed::Scope(Scope::Library)),
            ("GET", "/api/v1/users/", Needed::Scope(Scope::AdminRead)),
            ("POST", "/api/v1/users/", Needed::Scope(Scope::Admin)),
            ("PUT", "/api/v1/users/{user_id}/queue", Needed::Scope(Scope::Library)),
            ("POST", "/api/v1/playlists/", Needed::Scope(Scope::Playlists)),
            (
                "POST",
                "/api/v1/tracks/{track_id}/listen",
                Needed::Scope(Scope::EventsWrite),
            ),
            (
                "POST",
                "/api/v1/analytics/listening-events",
                Needed::Scope(Scope::EventsWrite),
            ),
            ("GET", "/api/v1/analytics/user/{user_id}", Needed::Scope(Scope::Library)),
            (
                "GET",
                "/api/v1/tracks/{track_id}/stream",
                Needed::Scope(Scope::CatalogueRead),
            ),
            (
                "HEAD",
                "/api/v1/tracks/{track_id}/stream",
                Needed::Scope(Scope::CatalogueRead),
            ),
            ("PUT", "/api/v1/tracks/{track_id}", Needed::Scope(Scope::CatalogueWrite)),
            (
                "POST",
                "/api/v1/upload/uploadfile/",
                Needed::Scope(Scope::CatalogueWrite),
            ),
            ("GET", "/api/v1/upload/jobs/{job_id}", Needed::Nothing),
            ("GET", "/api/v1/something-new/", Needed::SignIn),
            ("GET", "/api/v1/jobs/", Needed::Scope(Scope::AdminRead)),
            ("DELETE", "/api/v1/jobs/{job_id}", Needed::Nothing),
            (
                "POST",
                "/api/v1/admin/projections/{name}/rebuild",
                Needed::Scope(Scope::Admin),
            ),
        ] {
            assert_eq!(scope(method, path), needed, "{method} {path}");
        }
    }
}
