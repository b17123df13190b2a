//! Jobs as they are shown: to whoever created them, to admins, and to the operator's metrics.

use chrono::{DateTime, Utc};
use diesel::{
    dsl::sql,
    pg::Pg,
    prelude::*,
    sql_types::{BigInt, Double, Nullable, Text},
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use domain::{Job, JobStatus, Sight};
use events::{JobId, Time, UserId};
use serde_json::Value;
use uuid::Uuid;

use crate::{Reader, Store, StoreError, Unit, schema::jobs};

/// A job as shown.
#[derive(Clone, Debug)]
pub struct JobView {
    pub id: JobId,
    pub kind: String,
    /// Whose it is, and how it stands.
    pub job: Job,
    pub done: i64,
    pub total: Option<i64>,
    /// Of the present claim; none before there is progress.
    pub rate_per_s: Option<f64>,
    pub result: Option<Value>,
    /// For whoever created it.
    pub refusal: Option<String>,
    /// For the operator.
    pub last_error: Option<String>,
    pub created_at: Time,
    pub finished_at: Option<Time>,
}

/// Unfinished jobs of a kind.
#[derive(Clone, Debug, QueryableByName)]
pub struct JobBacklog {
    #[diesel(sql_type = Text)]
    pub kind: String,
    #[diesel(sql_type = BigInt)]
    pub queued: i64,
    #[diesel(sql_type = BigInt)]
    pub running: i64,
    /// How long the first of those that could run has waited, in seconds.
    #[diesel(sql_type = Double)]
    pub waits_seconds: f64,
}

#[derive(Queryable)]
struct JobRow {
    id: Uuid,
    kind: String,
    created_by: Option<Uuid>,
    cancellable: bool,
    status: String,
    done: i64,
    total: Option<i64>,
    rate_per_s: Option<f64>,
    result: Option<Value>,
    refusal: Option<String>,
    last_error: Option<String>,
    created_at: DateTime<Utc>,
    finished_at: Option<DateTime<Utc>>,
}

/// Since the job was claimed: what was done before, another worker did at another time.
const RATE: &str = "CASE WHEN done > claimed_done AND status = 'running' THEN \
    ((done - claimed_done) / greatest(extract(epoch FROM clock_timestamp() - claimed_at), 0.001))::double precision END";

macro_rules! columns {
    () => {
        (
            jobs::id,
            jobs::kind,
            jobs::created_by,
            jobs::cancellable,
            jobs::status,
            jobs::done,
            jobs::total,
            sql::<Nullable<Double>>(RATE),
            jobs::result,
            jobs::refusal,
            jobs::last_error,
            jobs::created_at,
            jobs::finished_at,
        )
    };
}

impl JobRow {
    fn view(self) -> Result<JobView, StoreError> {
        let status = JobStatus::by_name(&self.status);
        let status = status.ok_or_else(|| StoreError::Defect(format!("a job with the status {}", self.status)))?;
        Ok(JobView {
            id: JobId(self.id),
            kind: self.kind,
            job: Job {
                created_by: self.created_by.map(UserId),
                status,
                is_cancellable: self.cancellable,
            },
            done: self.done,
            total: self.total,
            rate_per_s: self.rate_per_s,
            result: self.result,
            refusal: self.refusal,
            last_error: self.last_error,
            created_at: self.created_at.into(),
            finished_at: self.finished_at.map(Time::from),
        })
    }
}

/// To others than its owner and admins a job does not exist.
async fn find(connection: &mut AsyncPgConnection, id: JobId, sight: Sight) -> Result<Option<JobView>, StoreError> {
    let mut query = jobs::table
        .select(columns!())
        .filter(jobs::id.eq(id.0))
        .into_boxed::<Pg>();
    if !sight.is_admin {
        query = query.filter(jobs::created_by.eq(sight.user_id.map(|user| user.0)));
    }
    let row: Option<JobRow> = query.first(connection).await.optional()?;
    row.map(JobRow::view).transpose()
}

impl Unit {
    pub async fn job(&mut self, id: JobId, sight: Sight) -> Result<Option<JobView>, StoreError> {
        find(self.connection()?, id, sight).await
    }
}

impl Reader {
    pub async fn job(&self, id: JobId, sight: Sight) -> Result<Option<JobView>, StoreError> {
        find(&mut *self.connection().await?, id, sight).await
    }

    /// A page of all jobs, newest first, and how many there are.
    pub async fn jobs(&self, limit: i64, offset: i64) -> Result<(Vec<JobView>, i64), StoreError> {
        let connection = &mut *self.connection().await?;
        let total = jobs::table.count().get_result(connection).await?;
        let page = jobs::table.order(jobs::id.desc()).select(columns!());
        let rows: Vec<JobRow> = page.limit(limit).offset(offset).load(connection).await?;
        let views = rows.into_iter().map(JobRow::view).collect::<Result<_, _>>()?;
        Ok((views, total))
    }
}

impl Store {
    /// The kinds that have unfinished jobs.
    pub async fn job_backlog(&self) -> Result<Vec<JobBacklog>, StoreError> {
        let query = "SELECT kind, count(*) FILTER (WHERE status = 'queued') AS queued, \
            count(*) FILTER (WHERE status = 'running') AS running, \
            greatest(coalesce(extract(epoch FROM now() - min(run_at)), 0), 0)::double precision AS waits_seconds \
            FROM jobs WHERE finished_at IS NULL GROUP BY kind";
        Ok(diesel::sql_query(query).load(&mut self.connection().await?).await?)
    }
}
