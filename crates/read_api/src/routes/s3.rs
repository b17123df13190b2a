//! Objects of the object store: one's own, where they are read, and how much there is.

use std::time::Duration;

use access::{AdminOnly, Principal, SignedIn};
use actix_web::{
    HttpRequest, HttpResponse, get, head,
    http::StatusCode,
    web::{Data, Json, Path},
};
use domain::ObjectKind;
use events::{Time, UserId};
use http_kit::{
    AdminListProblems, ByIdProblems, Error, FromQuery, Id, Page, PageQuery, RangeProblem, SelfProblems, TooManyProblem,
    Whole,
};
use representations::StoredFile;
use serde::{Deserialize, Serialize};
use store::{ObjectUsage, ObjectView};
use utoipa::{IntoParams, ToSchema};

use crate::{
    Queries,
    binary::Binary,
    pages,
    routes::{
        health::{Check, EngineStatus, check},
        stream::{Audio, KEPT, not_read, send_audio, send_head},
    },
};

/// People named in the statistics.
const MAX_USERS: i64 = 100;
const HOUR: u32 = 3_600;

/// How long a signed address is good.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Expires {
    /// Seconds, 60 to 86400; an hour when absent.
    #[param(inline, example = 3600)]
    expires_in: Option<Whole<60, 86_400>>,
}

/// An address at the object store itself.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SignedUrl {
    /// Needs no token until it ends.
    pub url: String,
    /// Seconds.
    #[schema(example = 3600)]
    pub expires_in: u32,
    pub expires_at: Time,
}

/// How much there is of one kind.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct KindUsage {
    /// `audio` or `cover`.
    #[schema(example = "audio")]
    pub kind: String,
    /// Objects of it.
    pub objects: i64,
    /// Bytes of them.
    pub bytes: i64,
}

/// How much one person has sent.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct UserUsage {
    /// Null: accounts that are gone.
    pub user_id: Option<UserId>,
    /// Null for accounts that are gone.
    pub username: Option<String>,
    /// Objects they sent.
    pub objects: i64,
    /// Bytes of them.
    pub bytes: i64,
}

/// What nothing uses.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Orphans {
    /// Objects.
    pub objects: i64,
    /// Bytes of them.
    pub bytes: i64,
}

/// How much the object store holds. A cover counts as one object, by its largest size.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct StorageStats {
    /// Objects of all kinds.
    pub objects: i64,
    /// Bytes of them.
    pub bytes: i64,
    /// The same by kind.
    pub by_kind: Vec<KindUsage>,
    /// The hundred people with most bytes.
    pub by_user: Vec<UserUsage>,
    /// What no track, album or artist uses now; the sweep deletes it after a day.
    pub orphans: Orphans,
}

/// Whether the object store answers.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct S3Health {
    #[serde(flatten)]
    check: Check,
    #[schema(example = "jonquil")]
    bucket: String,
}

/// Audio that a person sent, newest first
#[utoipa::path(tag = "s3", security(("bearer" = [])),
    params(("user_id" = UserId, Path, description = "the account"), PageQuery),
    responses((status = 200, description = "a page", body = Page<StoredFile>), SelfProblems))]
#[get("/api/v1/s3/tracks/user/{user_id}")]
pub(crate) async fn list_audio_objects(
    SignedIn(by): SignedIn,
    Id(user): Id<UserId>,
    page: FromQuery<PageQuery>,
    queries: Data<Queries>,
) -> Result<Json<Page<StoredFile>>, Error> {
    let known = queries.reader.pseudonym(user, by.sight()).await?;
    let known = known.ok_or_else(|| Error::not_found("user"))?;
    known.ok_or_else(|| Error::forbidden("what others sent is not shown"))?;
    let paging = page.valid()?.checked()?;
    let start = pages::start(&paging)?;
    let (views, total) = queries
        .reader
        .audio_objects_of(user, paging.limit.into(), start.into())
        .await?;
    let bucket = queries.objects.bucket();
    let files = views.into_iter().map(|view| StoredFile::new(view, bucket)).collect();
    Ok(Json(pages::by_place(files, total, start, &paging)))
}

/// An address of audio at the object store itself
///
/// Whoever has it needs no token until it ends. Audio that no track uses yet is for whoever sent it, and for admins.
#[utoipa::path(tag = "s3", security(("bearer" = [])),
    params(("s3_key" = String, Path, description = "key; its slashes may be percent-encoded or not",
        example = "audio/13/019ab0f4-7c3e-7d15-8a52-0c9d7a3f1b13.ogg"), Expires),
    responses((status = 200, description = "the address", body = SignedUrl), ByIdProblems))]
#[get("/api/v1/s3/tracks/{s3_key:.*}/url")]
pub(crate) async fn get_audio_object_url(
    SignedIn(by): SignedIn,
    key: Path<String>,
    query: FromQuery<Expires>,
    queries: Data<Queries>,
) -> Result<Json<SignedUrl>, Error> {
    let view = seen(&queries, &key, &by).await?;
    let expires_in = query.valid()?.expires_in.map_or(HOUR, Whole::get);
    let (now, lasts) = ((queries.ambient.now)(), Duration::from_secs(expires_in.into()));
    let url = queries.objects.presigned(&view.object.key, now.utc(), lasts).await;
    Ok(Json(SignedUrl {
        url: url.map_err(not_read)?,
        expires_in,
        expires_at: now.plus(chrono::TimeDelta::seconds(expires_in.into())),
    }))
}

/// Audio by its key
///
/// As `/api/v1/tracks/{track_id}/stream`. Audio that no track uses yet is for whoever sent it, and for admins.
#[utoipa::path(tag = "s3", security(("bearer" = [])),
    params(("s3_key" = String, Path, description = "key; its slashes may be percent-encoded or not",
            example = "audio/13/019ab0f4-7c3e-7d15-8a52-0c9d7a3f1b13.ogg"),
        ("Range" = Option<String>, Header, description = "bytes wanted", example = "bytes=0-65535"),
        ("If-Range" = Option<String>, Header, description = "the ETag the range belongs to")),
    responses((status = 200, description = "all of it", body = Binary, content_type = "audio/*",
            headers(("ETag" = String, description = "SHA-256 of the file"))),
        (status = 206, description = "the bytes asked for", body = Binary, content_type = "audio/*",
            headers(("Content-Range" = String))),
        RangeProblem, ByIdProblems, TooManyProblem))]
#[get("/api/v1/s3/tracks/{s3_key:.*}/stream")]
pub(crate) async fn stream_audio_object(
    SignedIn(by): SignedIn,
    key: Path<String>,
    request: HttpRequest,
    queries: Data<Queries>,
) -> Result<HttpResponse, Error> {
    let view = seen(&queries, &key, &by).await?;
    send_audio(&queries, audio(view, by.user_id), &request).await
}

/// What audio is, without it
#[utoipa::path(tag = "s3", security(("bearer" = [])),
    params(("s3_key" = String, Path, description = "key; its slashes may be percent-encoded or not",
        example = "audio/13/019ab0f4-7c3e-7d15-8a52-0c9d7a3f1b13.ogg")),
    responses((status = 200, description = "the headers of GET without a range"), ByIdProblems))]
#[head("/api/v1/s3/tracks/{s3_key:.*}/stream")]
pub(crate) async fn head_audio_object(
    SignedIn(by): SignedIn,
    key: Path<String>,
    queries: Data<Queries>,
) -> Result<HttpResponse, Error> {
    let view = seen(&queries, &key, &by).await?;
    send_head(&queries, &audio(view, by.user_id)).await
}

/// How much the object store holds
#[utoipa::path(tag = "s3", security(("bearer" = [])),
    responses((status = 200, description = "by kind and by person", body = StorageStats), AdminListProblems))]
#[get("/api/v1/s3/storage/stats")]
pub(crate) async fn get_storage_stats(_admin: AdminOnly, queries: Data<Queries>) -> Result<Json<StorageStats>, Error> {
    let usage = queries.reader.storage_usage(MAX_USERS).await?;
    let kind = |usage: ObjectUsage| KindUsage {
        kind: usage.name.unwrap_or_default(),
        objects: usage.objects,
        bytes: usage.bytes,
    };
    let user = |usage: ObjectUsage| UserUsage {
        user_id: usage.user_id.map(UserId),
        username: usage.name,
        objects: usage.objects,
        bytes: usage.bytes,
    };
    let by_kind: Vec<KindUsage> = usage.by_kind.into_iter().map(kind).collect();
    Ok(Json(StorageStats {
        objects: by_kind.iter().map(|kind| kind.objects).sum(),
        bytes: by_kind.iter().map(|kind| kind.bytes).sum(),
        by_kind,
        by_user: usage.by_user.into_iter().map(user).collect(),
        orphans: Orphans {
            objects: usage.orphans.objects,
            bytes: usage.orphans.bytes,
        },
    }))
}

/// Whether the object store answers
#[utoipa::path(tag = "s3", security(()), responses(
    (status = 200, description = "it does", body = S3Health),
    (status = 503, description = "it does not, or the bucket is missing", body = S3Health),
    http_kit::InvalidProblem))]
#[get("/api/v1/s3/health")]
pub(crate) async fn get_s3_health(queries: Data<Queries>) -> HttpResponse {
    let check = check(queries.objects.health()).await;
    let status = match check.status {
        EngineStatus::Ok => StatusCode::OK,
        EngineStatus::Down => StatusCode::SERVICE_UNAVAILABLE,
    };
    HttpResponse::build(status).json(S3Health {
        check,
        bucket: queries.objects.bucket().to_owned(),
    })
}

/// Audio that this person may hear: a track's, or their own.
async fn seen(queries: &Queries, key: &str, by: &Principal) -> Result<ObjectView, Error> {
    let missing = || Error::not_found("object");
    let key = media::known_key(key).ok_or_else(missing)?;
    let view = queries.reader.object(&key).await?;
    let view = view
        .filter(|view| view.object.kind == ObjectKind::Audio)
        .ok_or_else(missing)?;
    let is_seen = match view.track {
        Some(track) => {
            let audio = queries.reader.audio_of(track).await?;
            audio.is_some_and(|audio| audio.is_heard_by(by.sight()))
        }
        None => view.object.may_be_seen_by(by.actor()),
    };
    if is_seen { Ok(view) } else { Err(missing()) }
}

fn audio(view: ObjectView, by: UserId) -> Audio {
    Audio {
        by,
        key: view.object.key,
        size_bytes: view.size_bytes.try_into().unwrap_or(0),
        etag: format!("\"{}\"", view.sha256),
        kept: KEPT,
    }
}
