//! The OpenAPI 3.1 document, from the handlers of both sides.

use http_kit::{FaultCode, FieldError, Problem};
use utoipa::{
    Modify, OpenApi,
    openapi::{
        Components, Ref, RefOr, Schema,
        security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
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
        (name = "moderation", description = "What should not be here: reports and takedowns."),
        (name = "webhooks", description = "Events, sent to an address of one's own."),
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
        let key = ApiKeyValue::with_description(
            "X-Api-Key",
            "A key of `/api/v1/auth/api-keys`. Operations name the scope that it needs; without it they answer 403.",
        );
        components.add_security_scheme("api_key", SecurityScheme::ApiKey(ApiKey::Header(key)));
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
    document.components.as_mut().map(name_variants);
    document
}

/// Gives each variant of a tagged enum a schema of its own: generators of clients have no name for one inside another.
fn name_variants(components: &mut Components) {
    let mut named = Vec::new();
    for (name, schema) in &mut components.schemas {
        let RefOr::T(Schema::OneOf(one)) = schema else {
            continue;
        };
        for variant in &mut one.items {
            if let Some(tag) = tag(variant) {
                let name = format!("{name}_{tag}");
                let reference = Ref::from_schema_name(&name);
                named.push((name, std::mem::replace(variant, reference.into())));
            }
        }
    }
    components.schemas.extend(named);
}

/// The one value of the field by which a variant is known.
fn tag(variant: &RefOr<Schema>) -> Option<String> {
    let RefOr::T(Schema::AllOf(all)) = variant else {
        return None;
    };
    let fields = all.items.iter().filter_map(|item| match item {
        RefOr::T(Schema::Object(object)) => Some(object.properties.values()),
        _ => None,
    });
    let mut values = fields.flatten().filter_map(|field| match field {
        RefOr::T(Schema::Object(object)) => object.enum_values.as_deref(),
        _ => None,
    });
    values.find_map(|values| match values {
        [one] => one.as_str().map(str::to_owned),
        _ => None,
    })
}
