//! The OpenAPI 3.1 document, from the handlers of both sides.

use http_kit::{FaultCode, FieldError, Problem};
use utoipa::{
    Modify, OpenApi,
    openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Jonquil",
        description = "A self-hosted online music service. Sign in with `POST /api/v1/auth/login`, then send `Authorization: Bearer <access_token>`. A request that is not HTTP (RFC 9112), or whose head is too large or too slow, is answered by the codec with a bare 400, 408 or 431 and no problem body.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    servers((url = "/")),
    tags(
        (name = "auth", description = "Accounts: registering, signing in, staying signed in."),
        (name = "upload", description = "Audio comes in."),
        (name = "service", description = "The service itself."),
        (name = "artists", description = "Who made the music."),
        (name = "albums", description = "What tracks are released on."),
        (name = "tracks", description = "What is played."),
        (name = "playlists", description = "Tracks in an order of one's own."),
        (name = "search", description = "Finding, whatever the script and the slips."),
        (name = "users", description = "People, and what they heard."),
        (name = "analytics", description = "Charts and statistics."),
        (name = "s3", description = "Audio and covers as objects."),
        (name = "operations", description = "Background work."),
    ),
    components(schemas(Problem, FieldError, FaultCode)),
    modifiers(&Bearer)
)]
struct Base;

struct Bearer;

impl Modify for Bearer {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let bearer = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .bearer_format("JWT")
            .build();
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("bearer", SecurityScheme::Http(bearer));
    }
}

/// The document as `schemas/openapi.json` holds it.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    let mut document = Base::openapi();
    let (mut commands, mut queries) = (write_api::ApiDoc::openapi(), read_api::ApiDoc::openapi());
    http_kit::document_consistency(&mut commands, false);
    http_kit::document_consistency(&mut queries, true);
    document.merge(commands);
    document.merge(queries);
    document
}
