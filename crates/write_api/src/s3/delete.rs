//! `DELETE /api/v1/s3/tracks/{s3_key}` deletes audio that nothing uses.

use access::SignedIn;
use actix_web::{
    HttpRequest, HttpResponse, delete,
    web::{Data, Path},
};
use domain::ObjectKind;
use http_kit::{ByIdProblems, ConflictProblem, Error};

use crate::Commands;

/// Delete an audio object
///
/// For whoever sent it, and for admins. What a track uses is not deleted: delete the track, or give it other audio, first.
#[utoipa::path(tag = "s3", security(("bearer" = [])),
    params(("s3_key" = String, Path, description = "key; its slashes may be percent-encoded or not",
        example = "audio/13/019ab0f4-7c3e-7d15-8a52-0c9d7a3f1b13.ogg")),
    responses((status = 204, description = "deleted"), ByIdProblems, ConflictProblem))]
#[delete("/api/v1/s3/tracks/{s3_key:.*}")]
pub(crate) async fn delete_audio_object(
    SignedIn(by): SignedIn,
    key: Path<String>,
    request: HttpRequest,
    commands: Data<Commands>,
) -> Result<HttpResponse, Error> {
    let missing = || Error::not_found("object");
    let key = media::known_key(&key).ok_or_else(missing)?;
    let context = commands.context(&request);
    let gone = commands.transact(&context, async |unit| {
        let view = unit.lock_object(&key).await?;
        let view = view.filter(|view| view.object.kind == ObjectKind::Audio && view.object.may_be_seen_by(by.actor()));
        let view = view.ok_or_else(missing)?;
        view.object.delete(view.is_used)?;
        Ok(unit.delete_unused_objects(&[&key]).await?)
    });
    let gone = gone.await?;
    commands.ingest().delete(gone).await;
    Ok(HttpResponse::NoContent().finish())
}
