//! `GET`, `POST /api/v1/auth/api-keys`, `DELETE /api/v1/auth/api-keys/{key_id}`: keys for programs.

use access::{Access, SignedIn};
use actix_web::{
    HttpRequest, HttpResponse, delete, get,
    http::header::CACHE_CONTROL,
    post,
    web::{Data, Json},
};
use domain::{ApiKeyFields, ApiKeyId, Refusal, ScopeName};
use events::Time;
use http_kit::{Body, ByIdProblems, CommandProblems, ConflictProblem, Error, Id, ReadProblems};
use serde::{Deserialize, Serialize};
use store::ApiKeyView;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::Commands;

/// A key, without its secret.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ApiKey {
    /// Names the key where it is ended.
    pub id: Uuid,
    /// What it is for.
    #[schema(example = "scrobbler at home")]
    pub name: String,
    /// What it may do.
    #[schema(value_type = Vec<ScopeName>, example = json!(["events:write"]))]
    pub scopes: Vec<String>,
    /// When it was made.
    pub created_at: Time,
    /// When it ends; null: never.
    pub expires_at: Option<Time>,
    /// When it was used last, to about a minute; null: never.
    pub last_used_at: Option<Time>,
}

/// A new key with its secret.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct NewApiKey {
    #[serde(flatten)]
    pub key: ApiKey,
    /// Send it as `X-Api-Key`. It is shown this once.
    pub secret: String,
}

/// Keys of an account.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ApiKeys {
    /// The newest first.
    pub items: Vec<ApiKey>,
}

impl From<ApiKeyView> for ApiKey {
    fn from(view: ApiKeyView) -> Self {
        Self {
            id: view.id.0,
            name: view.name,
            scopes: view.scopes.iter().map(|scope| scope.name().to_owned()).collect(),
            created_at: view.created_at,
            expires_at: view.expires_at,
            last_used_at: view.last_used_at,
        }
    }
}

/// One's own API keys
#[utoipa::path(tag = "auth", path = "/api/v1/auth/api-keys", security(("bearer" = [])),
    responses(ReadProblems, (status = 200, description = "the keys, without their secrets", body = ApiKeys)))]
#[get("/api/v1/auth/api-keys")]
pub(crate) async fn list_api_keys(SignedIn(by): SignedIn, commands: Data<Commands>) -> Result<Json<ApiKeys>, Error> {
    let keys = commands.reader.api_keys(by.user_id).await?;
    let items = keys.into_iter().map(ApiKey::from).collect();
    Ok(Json(ApiKeys { items }))
}

/// Make an API key
///
/// It may do what its scopes say, and no more than its owner. The secret is shown this once. 50 at most.
#[utoipa::path(tag = "auth", path = "/api/v1/auth/api-keys", request_body = ApiKeyFields, security(("bearer" = [])),
    responses(CommandProblems, ConflictProblem, (status = 201, description = "the key with its secret", body = NewApiKey)))]
#[post("/api/v1/auth/api-keys")]
pub(crate) async fn create_api_key(
    SignedIn(by): SignedIn,
    body: Body,
    request: HttpRequest,
    commands: Data<Commands>,
    access: Data<Access>,
) -> Result<HttpResponse, Error> {
    let context = commands.context(&request);
    let fields: ApiKeyFields = body.parse()?;
    let (fields, scopes) = fields.checked(by.role, context.now)?;
    let id: ApiKeyId = commands.new_id();
    let (secret, mac) = access.keys.new_api_key(id, (commands.ambient.random)());
    let created = commands.transact(&context, async |unit| {
        let created = unit.create_api_key(id, by.user_id, (&fields, scopes), &mac).await?;
        created.ok_or_else(|| Refusal::TooManyKeys.into())
    });
    let key = created.await?.into();
    Ok(HttpResponse::Created()
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(NewApiKey { key, secret }))
}

/// End an API key
///
/// It stops within 5 s.
#[utoipa::path(tag = "auth", security(("bearer" = [])), params(("key_id" = Uuid, Path, description = "the key")),
    responses(ByIdProblems, (status = 204, description = "ended")))]
#[delete("/api/v1/auth/api-keys/{key_id}")]
pub(crate) async fn delete_api_key(
    SignedIn(by): SignedIn,
    Id(id): Id<ApiKeyId>,
    request: HttpRequest,
    commands: Data<Commands>,
    access: Data<Access>,
) -> Result<HttpResponse, Error> {
    let context = commands.context(&request);
    let delete = commands.transact(&context, async |unit| Ok(unit.delete_api_key(id, by.user_id).await?));
    if !delete.await? {
        return Err(Error::not_found("API key"));
    }
    access.forget_key(id);
    Ok(HttpResponse::NoContent().finish())
}
