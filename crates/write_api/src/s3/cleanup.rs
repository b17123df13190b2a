//! `POST /api/v1/s3/maintenance/cleanup-temp` removes what nothing uses, now and not with the next sweep.

use std::time::{Duration, Instant};

use access::AdminOnly;
use actix_web::{
    HttpRequest, post,
    web::{Data, Json},
};
use chrono::TimeDelta;
use http_kit::{AdminCommandProblems, Body, Error};
use jobs::{OrphanError, OrphanSweep};
use serde::{Deserialize, Serialize};
use store::CommandContext;
use utoipa::ToSchema;

use crate::{Commands, upload::ingest::unavailable};

/// An answer must begin before the request's deadline.
const BUDGET: Duration = Duration::from_secs(5);
const DAY: u32 = 24;
const YEAR: u32 = 8_760;

/// What to clean up.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Cleanup {
    /// How long nothing must have used it.
    #[serde(default = "day")]
    #[schema(minimum = 1, maximum = 8760, default = 24)]
    older_than_hours: u32,
    /// Counts only.
    #[serde(default)]
    dry_run: bool,
}

fn day() -> u32 {
    DAY
}

/// What was cleaned up, or would be.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct CleanedUp {
    /// Objects that nothing uses.
    pub deleted: u64,
    /// Bytes of those objects.
    pub freed_bytes: u64,
    /// Multipart uploads that nobody will finish.
    pub aborted_uploads: u64,
    /// False: time was over before the end of the bucket; the hourly sweep goes through all of it.
    pub is_complete: bool,
}

/// Remove what nothing uses from the object store
///
/// Objects that no track, album or artist has used for so long, objects that nothing knows, and broken multipart uploads.
/// What is in use, or comes into use meanwhile, stays.
#[utoipa::path(tag = "s3", security(("bearer" = [])), request_body = Cleanup,
    responses((status = 200, description = "what was removed", body = CleanedUp), AdminCommandProblems))]
#[post("/api/v1/s3/maintenance/cleanup-temp")]
pub(crate) async fn clean_up_objects(
    _admin: AdminOnly,
    body: Body,
    request: HttpRequest,
    commands: Data<Commands>,
) -> Result<Json<CleanedUp>, Error> {
    let wanted: Cleanup = body.parse()?;
    if !(1..=YEAR).contains(&wanted.older_than_hours) {
        let right = format!("must be a whole number from 1 to {YEAR}");
        return Err(Error::invalid("older_than_hours", right));
    }
    let grace = TimeDelta::hours(wanted.older_than_hours.into());
    let context = commands.context(&request);
    Ok(Json(clean_up(&commands, &context, grace, wanted.dry_run).await?))
}

async fn clean_up(
    commands: &Commands,
    context: &CommandContext,
    grace: TimeDelta,
    dry_run: bool,
) -> Result<CleanedUp, Error> {
    let (began, now) = (Instant::now(), context.now.utc());
    let objects = &commands.objects;
    let mut cleaned = CleanedUp::default();
    for upload in objects
        .abandoned_uploads(now - grace)
        .await
        .map_err(|error| unavailable(&error))?
    {
        if !dry_run {
            objects
                .abort_upload(&upload)
                .await
                .map_err(|error| unavailable(&error))?;
        }
        cleaned.aborted_uploads += 1;
    }
    let sweep = OrphanSweep {
        objects,
        grace,
        dry_run,
    };
    let mut after = None;
    while began.elapsed() < BUDGET {
        let unit = commands.store.begin(context.clone()).await?;
        let page = sweep.page(unit, now, after.as_deref()).await.map_err(not_swept)?;
        cleaned.deleted += page.deleted;
        cleaned.freed_bytes += page.freed_bytes;
        after = page.next;
        if after.is_none() {
            cleaned.is_complete = true;
            break;
        }
    }
    Ok(cleaned)
}

fn not_swept(error: OrphanError) -> Error {
    match error {
        OrphanError::Store(error) => error.into(),
        OrphanError::Objects(error) => unavailable(&error),
    }
}
