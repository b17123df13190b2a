//! Covers, to anybody.

use actix_web::{
    HttpResponse,
    body::SizedStream,
    get,
    http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG},
    web::Path,
};
use futures_util::StreamExt as _;
use http_kit::{ByIdProblems, Error};
use uuid::Uuid;

use crate::{
    Viewer,
    binary::Binary,
    routes::stream::{log_failure, not_read},
};

/// A cover
///
/// The picture under one key never changes.
#[utoipa::path(tag = "s3", path = "/api/v1/s3/covers/{s3_key}", security((), ("bearer" = [])),
    params(("s3_key" = String, Path, description = "key; its slashes may be percent-encoded or not",
        example = "covers/10/019ab0f4-7c3e-7d15-8a52-0c9d7a3f1b10.jpg")),
    responses((status = 200, description = "the picture", body = Binary, content_type = "image/jpeg"), ByIdProblems))]
#[get("/api/v1/s3/covers/{s3_key:.*}")]
pub(crate) async fn get_cover(viewer: Viewer, key: Path<String>) -> Result<HttpResponse, Error> {
    let key = canonical_key(&key).ok_or_else(|| Error::not_found("cover"))?;
    let object = viewer.queries.objects.get(&key, None).await.map_err(not_read)?;
    let mut answer = HttpResponse::Ok();
    answer
        .insert_header((CONTENT_TYPE, "image/jpeg"))
        .insert_header((CACHE_CONTROL, "public, max-age=31536000, immutable"));
    if let Some(etag) = &object.etag {
        answer.insert_header((ETAG, etag.as_str()));
    }
    Ok(answer.body(SizedStream::new(object.size_bytes, object.stream.inspect(log_failure))))
}

/// The key, made anew from the id in it: what a client sends never is one.
fn canonical_key(key: &str) -> Option<String> {
    let (_, file) = key.rsplit_once('/')?;
    let id = Uuid::try_parse(file.strip_suffix(".jpg")?).ok()?;
    Some(media::cover_key(id)).filter(|known| known == key)
}
