//! Registering operations: route and document come from one list.

/// From a list of handlers: `ApiDoc`, their part of the OpenAPI document, and `configure`, which registers their routes in
/// this order. What is more particular comes first: `/artists/popular` before `/artists/{artist_id}`.
#[macro_export]
macro_rules! operations {
    ($($($handler:ident)::+),+ $(,)?) => {
        /// The operations of this crate, as a part of the OpenAPI document.
        #[derive(utoipa::OpenApi)]
        #[openapi(paths($($($handler)::+),+))]
        pub struct ApiDoc;

        /// Registers the operations of this crate.
        pub fn configure(config: &mut actix_web::web::ServiceConfig) {
            config$(.service($($handler)::+))+;
        }
    };
}
