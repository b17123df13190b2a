//! Registering operations: route, document and who may call come from one list.

use utoipa::openapi::OpenApi;

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

/// Writes `x-who` into the document. An operation is named by its handler.
pub fn document_who(document: &mut OpenApi, who_of: &[(&str, MayCall)]) {
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
            let named = |(handler, _): &&(&str, MayCall)| handler.rsplit("::").next().map(str::trim) == id;
            if let Some((_, who)) = who_of.iter().find(named) {
                let extensions = operation.extensions.get_or_insert_default();
                extensions.insert("x-who".to_owned(), who.name().into());
            }
        }
    }
}

/// From a list of handlers, each with who may call it: `ApiDoc`, their part of the OpenAPI document, and `configure`, which
/// registers their routes in this order. What is more particular comes first: `/artists/popular` before
/// `/artists/{artist_id}`.
#[macro_export]
macro_rules! operations {
    ($($($handler:ident)::+ => $who:ident),+ $(,)?) => {
        /// The operations of this crate, as a part of the OpenAPI document.
        #[derive(utoipa::OpenApi)]
        #[openapi(paths($($($handler)::+),+), modifiers(&WhoMayCall))]
        pub struct ApiDoc;

        struct WhoMayCall;

        impl utoipa::Modify for WhoMayCall {
            fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
                $crate::document_who(document, &[$((stringify!($($handler)::+), $crate::MayCall::$who)),+]);
            }
        }

        /// Registers the operations of this crate.
        pub fn configure(config: &mut actix_web::web::ServiceConfig) {
            config$(.service($($handler)::+))+;
        }
    };
}
