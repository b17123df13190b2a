//! Covers, to anybody.

use std::time::Duration;

use actix_web::{
    HttpRequest, HttpResponse, HttpResponseBuilder,
    body::SizedStream,
    get,
    http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG},
    web::{Bytes, Path},
};
use futures_util::{StreamExt as _, TryStreamExt as _};
use http_kit::{ByIdProblems, Error, FromQuery, is_known};
use media::{CoverSize, ObjectError, ObjectStream};
use serde::{Deserialize, Deserializer};
use utoipa::{IntoParams, ToSchema};

use crate::{
    Viewer,
    binary::Binary,
    routes::stream::{log_failure, not_read},
};

const IMMUTABLE: &str = "public, max-age=31536000, immutable";
/// Bytes of a cover in its largest size that are read to make a smaller one.
const MAX_BYTES: u64 = 8 * 1024 * 1024;
/// For reading the largest size.
const PATIENCE: Duration = Duration::from_secs(5);

/// Which size is wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct SizeQuery {
    /// Pixels that each side has at most: 64, 300, or 1000 when absent.
    #[serde(default)]
    #[param(inline, value_type = Option<Pixels>, example = 300)]
    size: Pixels,
}

#[derive(Debug, Default)]
struct Pixels(CoverSize);

/// A cover
///
/// The picture under one key never changes.
#[utoipa::path(tag = "covers", path = "/api/v1/covers/{s3_key}", security((), ("bearer" = [])),
    params(("s3_key" = String, Path, description = "key; its slashes may be percent-encoded or not",
        example = "covers/10/019ab0f4-7c3e-7d15-8a52-0c9d7a3f1b10.jpg"), SizeQuery,
        ("If-None-Match" = Option<String>, Header, description = "the ETag that the caller has")),
    responses((status = 200, description = "the picture", body = Binary, content_type = "image/jpeg",
            headers(("ETag" = String))),
        (status = 304, description = "the caller has it"), ByIdProblems))]
#[get("/api/v1/covers/{s3_key:.*}")]
pub(crate) async fn get_cover(
    viewer: Viewer,
    key: Path<String>,
    query: FromQuery<SizeQuery>,
    request: HttpRequest,
) -> Result<HttpResponse, Error> {
    let key = media::known_key(&key).filter(|key| key.starts_with("covers/"));
    let key = key.ok_or_else(|| Error::not_found("cover"))?;
    let Pixels(size) = query.valid()?.size;
    // The name says it all: a key's picture never changes.
    let etag = format!("\"{}-{}\"", key.trim_start_matches("covers/"), size.pixels());
    if is_known(&request, &etag) {
        return Ok(headers(HttpResponse::NotModified(), &etag).finish());
    }
    let mut answer = headers(HttpResponse::Ok(), &etag);
    answer.insert_header((CONTENT_TYPE, "image/jpeg"));
    match viewer.queries.objects.get(&size.key(&key), None).await {
        Err(ObjectError::NotFound) if size != CoverSize::Large => Ok(answer.body(made(&viewer, &key, size).await?)),
        got => Ok(whole(answer, got.map_err(not_read)?)),
    }
}

fn headers(mut answer: HttpResponseBuilder, etag: &str) -> HttpResponseBuilder {
    answer
        .insert_header((CACHE_CONTROL, IMMUTABLE))
        .insert_header((ETAG, etag));
    answer
}

fn whole(mut answer: HttpResponseBuilder, object: ObjectStream) -> HttpResponse {
    answer.body(SizedStream::new(object.size_bytes, object.stream.inspect(log_failure)))
}

/// A size of a cover from before there were sizes: made and stored once.
async fn made(viewer: &Viewer, key: &str, size: CoverSize) -> Result<Bytes, Error> {
    let objects = &viewer.queries.objects;
    let large = objects.get(key, None).await.map_err(not_read)?;
    if large.size_bytes > MAX_BYTES {
        return Err(Error::defect("a stored cover is larger than covers are made"));
    }
    let read = large.stream.try_fold(Vec::new(), async |mut all: Vec<u8>, piece| {
        all.extend_from_slice(&piece);
        Ok(all)
    });
    let read = tokio::time::timeout(PATIENCE, read).await;
    let read = read.map_err(|_| Error::unavailable("the object store", "a cover came too slowly"))?;
    let cover = viewer.queries.parser.cover(read.map_err(not_read)?.into()).await;
    let cover = cover.map_err(Error::defect)?;
    let cover = cover.ok_or_else(|| Error::not_found("cover of that size"))?;
    if let Err(error) = objects.put_size(key, &cover, size).await {
        tracing::warn!(key, %error, "a smaller size of a cover could not be kept");
    }
    Ok(cover.size(size).clone())
}

impl<'de> Deserialize<'de> for Pixels {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let size = text.parse().ok().and_then(CoverSize::by_pixels);
        size.map(Self)
            .ok_or_else(|| serde::de::Error::custom("must be 64, 300 or 1000"))
    }
}

impl utoipa::PartialSchema for Pixels {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        let sizes = CoverSize::ALL.map(CoverSize::pixels);
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::Type::Integer)
            .enum_values(Some(sizes))
            .into()
    }
}

impl ToSchema for Pixels {}
