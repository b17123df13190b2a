//! `POST /api/v1/tracks/upload-from-url/`: a job fetches a file and makes a track of it, as if it had been sent.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use access::ArtistOnly;
use actix_web::{HttpRequest, HttpResponse, http::header::LOCATION, post, web::Data};
use domain::{Actor, Scope, Scopes};
use events::TrackId;
use fetcher::{CheckedResolver, FetchError, Fetched, Fetcher, Limits};
use futures_util::StreamExt as _;
use http_kit::{Body, CreateProblems, Error, TooManyProblem};
use jobs::{Claim, Handler, JobError};
use media::{Received, SpoolError};
use representations::Job;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::{Enqueued, JobKind, TrackView};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    Ingest,
    form::{Details, not_audio},
    plan,
    store_audio::{StoredUpload, Upload},
};
use crate::{Commands, commands::CommandError};

/// Types of sound, and those that servers give to files that they do not know.
const TYPES: &[&str] = &[
    "audio/",
    "video/mp4",
    "video/ogg",
    "application/ogg",
    "application/octet-stream",
    "binary/octet-stream",
    "application/x-flac",
];
/// Fetches that are tried, when the server may do better next time.
const MAX_FETCHES: u32 = 3;
/// Between two reports of how much has come in.
const REPORT: Duration = Duration::from_secs(1);
/// How often a command is tried when other writers come first.
const TRIES: usize = 3;
const BUSY: &str = "too many of your jobs are not done yet; wait until one of them is";
/// Seconds until another job of the same person may be done.
const BUSY_SECONDS: u64 = 30;

/// What is fetched, and what becomes of it.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UploadFromUrl {
    /// Where the file is: `http` or `https`, at a public address.
    #[schema(example = "https://example.org/igra.flac", min_length = 10, max_length = 2048)]
    url: String,
    /// In place of the tag's.
    #[serde(default)]
    #[schema(
        min_length = 1,
        max_length = 300,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$"
    )]
    title: Option<String>,
    /// In place of the artist that the tags name.
    #[serde(default)]
    artist_id: Option<Uuid>,
    /// In place of the album that the tags name.
    #[serde(default)]
    album_id: Option<Uuid>,
}

impl JobKind for UploadFromUrl {
    const NAME: &'static str = "upload_from_url";
}

impl UploadFromUrl {
    fn check(&self, urls: &CheckedResolver) -> Result<(), Error> {
        let checked = urls.parse(&self.url);
        checked.map_err(|refused| Error::invalid("url", refused.to_string()))?;
        if let Some(title) = &self.title {
            domain::line("title", title, 300)?;
        }
        Ok(())
    }

    fn details(&self, file_name: Option<String>) -> Details {
        let texts = [
            ("title", self.title.clone()),
            ("artist_id", self.artist_id.map(|id| id.to_string())),
            ("album_id", self.album_id.map(|id| id.to_string())),
        ];
        let texts = texts.into_iter();
        Details {
            file_name,
            texts: texts
                .filter_map(|(name, text)| Some((name.to_owned(), text?)))
                .collect(),
        }
    }
}

/// Upload a file from an address of the web
///
/// A job fetches it: up to five redirects, each checked as the address itself; at most as large as an upload, and within ten
/// minutes. Addresses that are not public are refused. What is fetched is read as an upload is. The result of the job names
/// the track.
///
/// While it is fetched, `done` of the job are the bytes so far and `of` those that the server promised, once a second. A fetch
/// that breaks off is not resumed: it is begun anew, three times at most.
#[utoipa::path(tag = "tracks", path = "/api/v1/tracks/upload-from-url/", request_body = UploadFromUrl,
    security(("bearer" = [])), responses(CreateProblems, TooManyProblem,
        (status = 202, description = "the job", body = Job, headers(("Location" = String, description = "where the job is shown")))))]
#[post("/api/v1/tracks/upload-from-url")]
pub(crate) async fn upload_from_url(
    ArtistOnly(by): ArtistOnly,
    body: Body,
    request: HttpRequest,
    commands: Data<Commands>,
) -> Result<HttpResponse, Error> {
    let asked: UploadFromUrl = body.parse()?;
    asked.check(&commands.settings.urls)?;
    let context = commands.context(&request);
    let job = commands.transact(&context, async |unit| {
        let id = match unit.enqueue(&asked, Some(by.user_id)).await? {
            Enqueued::New(id) | Enqueued::Joined(id) => id,
            Enqueued::TooMany => return Err(Error::too_many(BUSY_SECONDS, BUSY).into()),
        };
        let job = unit.job(id, by.sight()).await?;
        Ok(job.ok_or_else(|| Error::defect("a job that was enqueued a moment ago is not there"))?)
    });
    let job = job.await?;
    let shown = format!("/api/v1/upload/jobs/{}", job.id);
    let answer = Job::new(job, by.actor());
    Ok(HttpResponse::Accepted().insert_header((LOCATION, shown)).json(answer))
}

/// Fetches files and makes tracks of them.
pub struct UrlUploader {
    ingest: Ingest,
    fetcher: Fetcher,
}

/// Where the job is.
#[derive(Default, Serialize, Deserialize)]
struct Cursor {
    /// The track that it became.
    track: Option<TrackId>,
    fetches: u32,
    /// Most bytes that came in so far.
    bytes: u64,
}

impl UrlUploader {
    #[must_use]
    pub fn new(ingest: Ingest, urls: CheckedResolver) -> Self {
        let limits = Limits {
            max_bytes: ingest.max_upload_bytes,
            redirects: 5,
            connect: Duration::from_secs(10),
            idle: Duration::from_secs(20),
            total: Duration::from_mins(10),
        };
        Self {
            ingest,
            fetcher: Fetcher::new(urls, limits, TYPES),
        }
    }

    /// Whose upload it is, as the account is now.
    async fn actor(&self, job: &Claim<UploadFromUrl>) -> Result<(Actor, Option<events::ArtistId>), JobError> {
        let gone = || JobError::Refused("the account that asked for it is gone, or may not upload any more".to_owned());
        let user = job.created_by.ok_or_else(gone)?;
        let mut unit = job.begin().await?;
        let role = unit.active_role(user).await?;
        let own = unit.artist_of_user(user).await?;
        unit.roll_back().await?;
        let role = role.filter(|role| Scopes::of_role(*role).contains(Scope::CatalogueWrite));
        let by = Actor {
            user_id: user,
            role: role.ok_or_else(gone)?,
        };
        Ok((by, own))
    }

    /// The file in the spool, and its name.
    async fn fetch(
        &self,
        job: &mut Claim<UploadFromUrl>,
        at: &mut Cursor,
        by: Actor,
    ) -> Result<(Received, Option<String>), JobError> {
        // Saved before the fetch: progress forgives tries, so an address that kills the process would otherwise be
        // fetched for ever.
        at.fetches += 1;
        job.save(0, at).await?;
        let fetched = match self.fetcher.get(&job.arguments.url).await {
            Ok(fetched) => self.receive(job, at, (fetched, by)).await?,
            Err(error) => Err(error),
        };
        fetched.map_err(|error| match error {
            FetchError::Failed(reason) if at.fetches < MAX_FETCHES => JobError::Failed(reason),
            FetchError::Failed(reason) | FetchError::Refused(reason) => JobError::Refused(reason),
        })
    }

    async fn receive(
        &self,
        job: &mut Claim<UploadFromUrl>,
        at: &mut Cursor,
        (fetched, by): (Fetched, Actor),
    ) -> Result<Result<(Received, Option<String>), FetchError>, JobError> {
        if let Some(length) = fetched.length.and_then(|length| i64::try_from(length).ok()) {
            job.set_total(length);
        }
        let so_far = Arc::new(AtomicU64::new(0));
        let counter = Arc::clone(&so_far);
        let bytes = fetched.bytes.inspect(move |piece| {
            if let Ok(piece) = piece {
                counter.fetch_add(piece.len() as u64, Ordering::Relaxed);
            }
        });
        let spooling = self
            .ingest
            .spool
            .receive(bytes, self.ingest.max_upload_bytes, by.user_id.0);
        let mut spooling = std::pin::pin!(spooling);
        let mut reports = tokio::time::interval(REPORT);
        let spooled = loop {
            tokio::select! {
                spooled = &mut spooling => break spooled,
                _ = reports.tick() => report(job, at, so_far.load(Ordering::Relaxed)).await?,
            }
        };
        match spooled {
            Ok(file) => {
                report(job, at, file.size_bytes()).await?;
                Ok(Ok((file, fetched.file_name)))
            }
            Err(SpoolError::Interrupted(error)) => Ok(Err(error)),
            Err(SpoolError::TooLarge { limit }) => Ok(Err(FetchError::Refused(format!(
                "the file is larger than the limit of {limit} bytes"
            )))),
            Err(error @ (SpoolError::Full | SpoolError::Share | SpoolError::Disk(_))) => {
                Err(JobError::Failed(error.to_string()))
            }
        }
    }

    /// The track and how far the job is, in one transaction: a killed worker's successor finds both or neither.
    async fn record(
        &self,
        job: &mut Claim<UploadFromUrl>,
        at: &mut Cursor,
        (upload, id, stored): (&Upload, TrackId, &StoredUpload),
    ) -> Result<TrackView, JobError> {
        for _ in 0..TRIES {
            let mut unit = job.begin().await?;
            match upload.record(&mut unit, id, stored).await {
                Ok(view) => {
                    fail::fail_point!("upload::recorded");
                    at.track = Some(id);
                    job.commit(unit, 0, at).await?;
                    return Ok(view);
                }
                Err(error) => {
                    unit.roll_back().await?;
                    match error {
                        CommandError::Store(store::StoreError::Conflict) => {}
                        CommandError::Store(error) => return Err(not_stored(&error.into())),
                        CommandError::Answer(error) => return Err(not_stored(&error)),
                    }
                }
            }
        }
        Err(JobError::Failed("too many writers at once".to_owned()))
    }
}

impl Handler for UrlUploader {
    type Kind = UploadFromUrl;

    async fn run(&self, job: &mut Claim<UploadFromUrl>) -> Result<Value, JobError> {
        let mut at: Cursor = job.cursor()?.unwrap_or_default();
        if let Some(track) = at.track {
            return Ok(json!({"track_id": track}));
        }
        let (by, own) = self.actor(job).await?;
        let (file, file_name) = self.fetch(job, &mut at, by).await?;
        let parsed = self
            .ingest
            .parser
            .parse(&file)
            .await
            .map_err(|error| not_stored(&not_audio(error)))?;
        let plan = plan::plan(&job.arguments.details(file_name), &parsed, own).map_err(|error| not_stored(&error))?;
        let context = job.context();
        // A new id with each try: what a killed one stored is in use nowhere, and goes with the sweep.
        let id = TrackId((context.new_id)());
        let mut upload = Upload::new((file, parsed), plan, by, context);
        let stored = upload.put(&self.ingest, id).await.map_err(|error| not_stored(&error))?;
        let recorded = self.record(job, &mut at, (&upload, id, &stored)).await;
        match recorded {
            // The next worker finds the track in the cursor.
            Ok(_) => Ok(json!({"track_id": id})),
            Err(error) => {
                // What a lost commit may have brought into use is not removed: only what nothing uses is.
                upload.remove(&self.ingest, &stored).await;
                Err(error)
            }
        }
    }
}

/// How much has come in; a fetch that begins anew is shown when it comes further than the one before.
async fn report(job: &mut Claim<UploadFromUrl>, at: &mut Cursor, bytes: u64) -> Result<(), JobError> {
    let more = bytes.saturating_sub(at.bytes);
    if more == 0 {
        return Ok(());
    }
    at.bytes = bytes;
    job.save(i64::try_from(more).unwrap_or(i64::MAX), at).await
}

/// What a client would have been answered.
fn not_stored(error: &Error) -> JobError {
    if error.is_unavailable() {
        return JobError::Failed(error.to_string());
    }
    JobError::Refused(error.to_string())
}
