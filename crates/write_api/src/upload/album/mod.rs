//! `POST /api/v1/upload/uploadalbum/`: several files, or one ZIP archive, become an album. A bad file is refused by name, and
//! the rest go in.

mod files;
mod form;
mod order;

use access::{Access, ArtistOnly};
use actix_multipart::Multipart;
use actix_web::{
    HttpRequest, HttpResponse, post,
    web::{Data, Payload},
};
use domain::{Actor, AlbumChanges, ObjectKind, Parents, Patch};
use events::{AlbumId, ArtistId};
use http_kit::{Action, CreateProblems, Error, FaultCode, FieldError, TooManyProblem, Who, paced};
use media::Cover;
use representations::{Album, Track};
use serde::Serialize;
use serde_json::json;
use store::{CommandContext, Reference, TrackView, Unit, UploadedAlbum};
use utoipa::ToSchema;

use self::{
    files::{Files, Looked},
    form::AlbumForm,
};
use super::{
    Ingest, PACE,
    form::Details,
    ingest::new_cover,
    plan::{self, Plan},
    store_audio::Upload,
};
use crate::{
    Commands,
    commands::{claim_object, load_owned_by, transact},
};

/// The form of an album.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "the form is read part by part; this documents it")]
pub(crate) struct UploadAlbum {
    /// MP3, FLAC, Ogg Vorbis, Opus, M4A, AAC or WAV, up to 200; or one ZIP archive of them.
    #[schema(value_type = Vec<String>, format = Binary, min_items = 1, max_items = 200)]
    files: Vec<Vec<u8>>,
    /// A picture; in place of those in the files.
    #[schema(value_type = Option<String>, format = Binary, nullable = false)]
    cover: Option<Vec<u8>>,
    /// The album's, in place of the tags'. Nothing but spaces is as good as none.
    #[schema(
        max_length = 300,
        nullable = false,
        pattern = r"^[\t-\r ]*[^\x00-\x1f\x7f-\x9f]*[\t-\r ]*$"
    )]
    title: Option<String>,
    /// In place of the artists that the tags name.
    #[schema(format = Uuid, nullable = false)]
    artist_id: Option<String>,
}

/// An album that was uploaded.
#[derive(Debug, Serialize, serde::Deserialize, ToSchema)]
pub struct UploadedAlbumAnswer {
    pub album: Album,
    /// In the order of discs and places.
    pub tracks: Vec<Track>,
    /// Files that did not go in.
    pub rejected: Vec<RejectedFile>,
}

/// A file that did not go in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, serde::Deserialize, ToSchema)]
pub struct RejectedFile {
    /// Its name as it was sent.
    pub file: String,
    /// As the `type` of a problem: what this file alone would have been refused with.
    #[schema(example = "/problems/audio-exists")]
    pub r#type: String,
    /// What would be right, or the track that has the same audio.
    pub reason: String,
}

/// Upload an album
///
/// Its title is that of the form, else the one that most files' tags name, else the archive's name; tags order its discs and tracks. Files of several
/// artists without an album artist make a compilation. Names, links, encryption, sizes and archives inside of an archive
/// that do harm refuse the whole of it.
///
/// Its progress is that of sending, which the client sees; the answer comes when every file is done. An upload that breaks off
/// is not resumed: what went in stays, and is refused as there already when it is sent again.
#[utoipa::path(tag = "upload", path = "/api/v1/upload/uploadalbum/", security(("bearer" = [])),
    request_body(content = UploadAlbum, content_type = "multipart/form-data"),
    responses(CreateProblems, TooManyProblem,
        (status = 201, description = "the album, what is on it, and what is not", body = UploadedAlbumAnswer)))]
#[post("/api/v1/upload/uploadalbum")]
pub(crate) async fn upload_album(
    ArtistOnly(by): ArtistOnly,
    body: Payload,
    request: HttpRequest,
    commands: Data<Commands>,
    access: Data<Access>,
) -> Result<HttpResponse, Error> {
    http_kit::not_encoded(request.headers())?;
    let (limiter, who) = (&commands.limiter, Who::Person(by.user_id.0));
    let permit = limiter.permit(Action::Upload, who, &request)?;
    let parts = Multipart::new(request.headers(), paced(body, PACE));
    let (ingest, context) = (commands.ingest(), commands.context(&request));
    let form = form::read(parts, &by, &ingest.spool, ingest.max_upload_bytes).await?;
    let own = commands.reader.artist_of_user(by.user_id).await?;
    let whole = AlbumUpload::new(ingest, context, by.actor(), own);
    // In a task of its own: a client that disconnects now leaves no album half done.
    let stored = actix_web::rt::spawn(async move { (whole.store(form).await, permit).0 });
    let (album, tracks, rejected) = stored.await.map_err(Error::defect)??;
    let shown = |view| Track::new(view, Some(0), Some(&by), &access);
    Ok(HttpResponse::Created().json(UploadedAlbumAnswer {
        album: Album::new(album, Some(0)),
        tracks: tracks.into_iter().map(shown).collect(),
        rejected,
    }))
}

type Stored = (store::AlbumView, Vec<TrackView>, Vec<RejectedFile>);

/// An album on its way in.
struct AlbumUpload {
    ingest: Ingest,
    context: CommandContext,
    by: Actor,
    /// The profile of the account.
    own: Option<ArtistId>,
}

impl AlbumUpload {
    fn new(ingest: Ingest, context: CommandContext, by: Actor, own: Option<ArtistId>) -> Self {
        Self {
            ingest,
            context,
            by,
            own,
        }
    }

    async fn store(&self, form: AlbumForm) -> Result<Stored, Error> {
        let AlbumForm {
            files,
            cover,
            title,
            artist_id,
        } = form;
        let mut files = Files::open(files, self.by.user_id.0, &self.ingest).await?;
        let (mut looked, mut rejected) = files.look(&self.ingest).await?;
        let cover = match cover {
            Some(picture) => Some(self.cover(picture).await?),
            None => files.cover(&self.ingest).await?,
        };
        if looked.is_empty() {
            return Err(nothing_went_in(&rejected));
        }
        order::sort(&mut looked);
        let details = |looked: &Looked| Details {
            file_name: Some(looked.file_name.clone()),
            texts: artist_id
                .iter()
                .map(|id| ("artist_id".to_owned(), id.0.to_string()))
                .collect(),
        };
        let title = title
            .or_else(|| order::title(&looked))
            .or_else(|| files.archive_title());
        let title = title.ok_or_else(|| Error::invalid("title", "is neither in the form nor in the files' tags"))?;
        let mut plans = Vec::with_capacity(looked.len());
        for mut file in looked {
            file.tags.album = Some(title.clone());
            match plan::plan_of_tags(&details(&file), &file.tags, file.duration_ms, self.own) {
                Ok(plan) => plans.push((file, plan)),
                Err(error) => rejected.push(file.rejected(&error)),
            }
        }
        let album = order::album(&plans)?;
        let mut tracks = Vec::with_capacity(plans.len());
        for (file, plan) in plans {
            match self.store_track(&mut files, &file, plan, album.as_ref()).await {
                Ok(view) => tracks.push(view),
                Err(error) if error.is_unavailable() => return Err(error),
                Err(error) => rejected.push(file.rejected(&error)),
            }
        }
        let album = tracks
            .iter()
            .find_map(|view| view.state.album.as_ref())
            .map(|album| album.id);
        let album = album.ok_or_else(|| nothing_went_in(&rejected))?;
        Ok((self.finish(album, cover).await?, tracks, rejected))
    }

    async fn store_track(
        &self,
        files: &mut Files,
        file: &Looked,
        mut plan: Plan,
        album: Option<&UploadedAlbum>,
    ) -> Result<TrackView, Error> {
        let received = files.take(file, &self.ingest).await?;
        // A second time: of what was looked at only the tags were kept, and of an archive not even the file.
        let parsed = self
            .ingest
            .parser
            .parse(&received)
            .await
            .map_err(super::form::not_audio)?;
        if let Some(album) = album {
            plan.parents.album = Some(Reference::Named(album.clone()));
        }
        let upload = Upload::new((received, parsed), plan, self.by, self.context.clone());
        upload.store_upload(&self.ingest).await
    }

    async fn cover(&self, picture: Vec<u8>) -> Result<Cover, Error> {
        let cover = self.ingest.parser.cover(picture.into()).await.map_err(Error::defect)?;
        cover.ok_or_else(|| Error::invalid("cover", "must be a picture: JPEG, PNG, WebP, GIF or BMP"))
    }

    /// The album as it is now, with its cover, where it is one's own.
    async fn finish(&self, album: AlbumId, cover: Option<Cover>) -> Result<store::AlbumView, Error> {
        let new = cover
            .as_ref()
            .map(|cover| new_cover((self.context.new_id)(), cover, self.by));
        if let Some((new, cover)) = new.as_ref().zip(cover.as_ref()) {
            transact(&self.ingest.store, &self.context, async |unit: &mut Unit| {
                Ok(unit.announce_objects(std::slice::from_ref(new)).await?)
            })
            .await?;
            let info = self.ingest.put_cover(new, cover).await?;
            let changed = transact(&self.ingest.store, &self.context, async |unit: &mut Unit| {
                let nobody = Parents::default();
                let (album, by) = load_owned_by::<domain::Album>(unit, album, self.by, &nobody).await?;
                unit.object_is_stored(&new.key, info.etag.as_deref()).await?;
                let before = album.fields.cover_key.clone();
                let changes = AlbumChanges {
                    cover_key: Patch::Set(new.key.clone()),
                    ..AlbumChanges::default()
                };
                let album = album.change(changes, by, self.context.now)?;
                let keys = (before.as_deref(), album.thing.fields.cover_key.as_deref());
                claim_object(unit, ObjectKind::Cover, keys, by).await?;
                Ok(unit.update_album(&album).await?)
            });
            match changed.await {
                Ok(view) => return Ok(view),
                Err(error) if error.is_unavailable() => return Err(error),
                // Somebody else's album: the tracks are on it, its cover stays.
                Err(error) => {
                    tracing::debug!(%error, %album, "an uploaded cover was not taken");
                    self.ingest.remove(&self.context, &[&new.key]).await;
                }
            }
        }
        let view = transact(&self.ingest.store, &self.context, async |unit: &mut Unit| {
            Ok(unit.album_view(album).await?)
        });
        view.await?.ok_or_else(|| Error::not_found("album"))
    }
}

fn nothing_went_in(rejected: &[RejectedFile]) -> Error {
    let fault = |file: &RejectedFile| FieldError::new(&file.file, &file.reason, FaultCode::Invalid);
    let faults: Vec<_> = rejected.iter().take(50).map(fault).collect();
    if faults.is_empty() {
        return Error::invalid("files", "is missing: send audio, or one ZIP archive, in these parts");
    }
    Error::invalid_fields(faults).with_member("rejected", json!(rejected))
}
