//! Registering operations: route, document and who may call come from one list.

use serde_json::Value;
use utoipa::openapi::{OpenApi, path::Operation};

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
            Self::Owner => "owner",
            Self::Artist => "artist",
            Self::Admin => "admin",
            Self::Producer => "producer",
        }
    }
}

/// A read model that an answer comes from: with a token of consistency the query waits for it. What comes from Postgres is
/// never behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reads {
    Search,
    Analytics,
    Counters,
    /// What serves a list depends on its parameters.
    List,
}

impl Reads {
    const ALL: [Self; 4] = [Self::Search, Self::Analytics, Self::Counters, Self::List];

    fn name(self) -> &'static str {
        match self {
            Self::Search => "search",
            Self::Analytics => "analytics",
            Self::Counters => "counters",
            Self::List => "list",
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

/// Writes `x-who` and `x-reads` into the document. An operation is named by its handler.
pub fn document_operations(document: &mut OpenApi, listed: &[Listed]) {
    for item in document.paths.paths.values_mut() {
        let operations = [
            &mut item.get,
            &mut item.head,
            &mut item.post,
            &mut item.put,
            &mut item.patch,
            &mut item.delete,
        ];
        for operation in operations.into_iter().flatten() {
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
