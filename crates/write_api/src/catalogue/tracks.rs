//! `POST /api/v1/tracks/`, `PUT` and `DELETE /api/v1/tracks/{track_id}`.

use access::{Access, ArtistOnly, SignedIn};
use actix_web::{HttpRequest, HttpResponse, delete, post, put, web::Data};
use domain::{Actor, Changed, ObjectKind, Parents, TrackChanges, TrackFields};
use events::{Kind, TrackId};
use http_kit::{Body, ChangeProblems, ConflictProblem, CreateProblems, DeleteProblems, Error, Id, IfMatch, Versioned};
use representations::Track;
use store::Unit;

use crate::{
    Commands,
    commands::{CommandError, claim_object, load_owned},
    idempotency_key::OnceKey,
    once::Sent,
};

/// Create a track
///
/// What is known of a track. To send audio, upload it, or upload it to the object store and name it as `s3_key`.
#[utoipa::path(tag = "tracks", path = "/api/v1/tracks/", request_body = TrackFields, security(("bearer" = [])),
    params(OnceKey),
    responses(CreateProblems, ConflictProblem, (status = 201, description = "the track", body = Track)))]
#[post("/api/v1/tracks")]
pub(crate) async fn create_track(
    ArtistOnly(by): ArtistOnly,
    body: Body,
    request: HttpRequest,
    commands: Data<Commands>,
    access: Data<Access>,
) -> Result<HttpResponse, Error> {
    let fields: TrackFields = body.parse()?;
    let context = commands.context(&request);
    let track = domain::Track::create(commands.new_id(), fields, by.actor(), context.now)?;
    let sent = Sent::of(&request, &by, &body);
    commands
        .transact_once(sent, &context, async |unit| {
            let key = track.fields.s3_key.as_deref();
            let audio = claim_object(unit, ObjectKind::Audio, (None, key), by.actor()).await?;
            let created = unit.create_track(&track.clone().with_audio(audio)).await?;
            Ok(Versioned::created(
                created.version,
                Track::new(created, Some(0), Some(&by), &access),
            ))
        })
        .await
}

/// Change a track
#[utoipa::path(tag = "tracks", path = "/api/v1/tracks/{track_id}", request_body = TrackChanges, security(("bearer" = [])),
    params(IfMatch, ("track_id" = TrackId, Path, description = "the track")),
    responses(ChangeProblems, ConflictProblem, (status = 200, description = "the track", body = Track)))]
#[put("/api/v1/tracks/{track_id}")]
pub(crate) async fn change_track(
    SignedIn(by): SignedIn,
    Id(id): Id<TrackId>,
    if_match: IfMatch,
    body: Body,
    request: HttpRequest,
    commands: Data<Commands>,
    access: Data<Access>,
) -> Result<Versioned<Track>, Error> {
    let context = commands.context(&request);
    // What is wrong with it is answered after who may; what it names is held before the track.
    let sent = body.parse::<TrackChanges>();
    let named = sent.as_ref().map(TrackChanges::parents).unwrap_or_default();
    let change = commands.transact(&context, async |unit| {
        let (track, by) = load_owned::<domain::Track>(unit, id, &if_match, &by, &named).await?;
        let before = track.thing.fields.s3_key.clone();
        let change = async |track: domain::Track| Ok(track.change(sent.clone()?, by, context.now)?);
        let changed = track.change(change).await?;
        let changed = with_audio(unit, before.as_deref(), changed, by).await?;
        Ok(unit.update_track(&changed).await?)
    });
    let changed = change.await?;
    let (version, plays) = (changed.version, commands.plays_of(Kind::Track, id.0).await);
    Ok(Versioned::ok(version, Track::new(changed, plays, Some(&by), &access)))
}

async fn with_audio(
    unit: &mut Unit,
    before: Option<&str>,
    mut changed: Changed<domain::Track>,
    by: Actor,
) -> Result<Changed<domain::Track>, CommandError> {
    let keys = (before, changed.thing.fields.s3_key.as_deref());
    let audio = claim_object(unit, ObjectKind::Audio, keys, by).await?;
    changed.thing = changed.thing.with_audio(audio);
    Ok(changed)
}

/// Delete a track
///
/// Its audio goes too; what was heard of it stays in the statistics.
#[utoipa::path(tag = "tracks", path = "/api/v1/tracks/{track_id}", security(("bearer" = [])),
    params(IfMatch, ("track_id" = TrackId, Path, description = "the track")),
    responses(DeleteProblems, (status = 204, description = "deleted")))]
#[delete("/api/v1/tracks/{track_id}")]
pub(crate) async fn delete_track(
    SignedIn(by): SignedIn,
    Id(id): Id<TrackId>,
    if_match: IfMatch,
    request: HttpRequest,
    commands: Data<Commands>,
) -> Result<HttpResponse, Error> {
    let context = commands.context(&request);
    let gone = commands
        .transact(&context, async |unit| {
            let (track, by) = load_owned::<domain::Track>(unit, id, &if_match, &by, &Parents::default()).await?;
            let track = track.current()?;
            track.delete(by)?;
            unit.delete_track(&track).await?;
            let audio = track.audio.as_ref().map(|audio| audio.key.as_str());
            let keys: Vec<&str> = audio.into_iter().chain(track.cover_key.as_deref()).collect();
            Ok(unit.delete_unused_objects(&keys).await?)
        })
        .await?;
    // After the commit: an object that stays behind is an orphan, a track without its object would be a lie.
    commands.ingest().delete(gone).await;
    Ok(HttpResponse::NoContent().finish())
}
