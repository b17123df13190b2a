//! What an account has of its own, for its owner to take along. The pseudonym is not part of it.

use diesel::{
    prelude::*,
    sql_types::{BigInt, Jsonb, Nullable, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use events::{JobId, ListenerId, Time, UserId};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::{
    JobKind, Reader, Store, StoreError, Unit,
    schema::{jobs, users},
};

/// How long an export is kept, in hours.
const KEPT_HOURS: i64 = 24;

/// Asks for everything that is about a person.
#[derive(Debug, Serialize, Deserialize)]
pub struct Export {
    pub user_id: UserId,
}

impl JobKind for Export {
    const NAME: &'static str = "export_person";

    fn key(&self) -> Option<String> {
        Some(self.user_id.to_string())
    }
}

/// Asks for objects to be removed, once what they belonged to is gone.
#[derive(Debug, Serialize, Deserialize)]
pub struct RemoveObjects {
    pub keys: Vec<String>,
}

impl JobKind for RemoveObjects {
    const NAME: &'static str = "remove_objects";
    const MAX_TRIES: Option<i32> = None;
    const CANCELLABLE: bool = false;
}

impl Unit {
    /// Forgets a person's exports; which they were. A worker that makes one loses it.
    pub async fn delete_exports(&mut self, user: UserId) -> Result<Vec<JobId>, StoreError> {
        let of = jobs::table.filter(jobs::kind.eq(Export::NAME).and(jobs::created_by.eq(user.0)));
        let deleted = diesel::delete(of).returning(jobs::id);
        let ids: Vec<Uuid> = deleted.get_results(self.connection()?).await?;
        Ok(ids.into_iter().map(JobId).collect())
    }
}

/// Rows of one kind, of one person.
#[derive(Clone, Copy, Debug)]
pub struct OwnRows {
    /// The file that they go into.
    pub name: &'static str,
    /// `$1` is the person, `$2` what comes before: rows are in the order of `id`.
    query: &'static str,
}

/// One row of an export.
#[derive(QueryableByName)]
pub struct OwnRow {
    /// Where to go on; none for kinds that have one page.
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub id: Option<Uuid>,
    #[diesel(sql_type = Jsonb)]
    pub row: Value,
}

impl OwnRows {
    /// Rows of one page.
    const PAGE: i64 = 1_000;

    /// Everything that Postgres knows about a person, but for secrets (password, second factor, links) and for albums and tracks:
    /// they are public, and stay when the person leaves.
    pub const ALL: [Self; 14] = [
        Self {
            // Kinds without an id have one page: once `$2` is given there is nothing more.
            name: "account.jsonl",
            query: "SELECT NULL::uuid AS id, to_jsonb(own) AS row FROM (SELECT id, username, display_name, email, \
                email_verified, role, is_active, private_until, created_at, updated_at FROM users \
                WHERE id = $1 AND $2 IS NULL) own LIMIT $3",
        },
        Self {
            name: "sessions.jsonl",
            query: "SELECT NULL::uuid AS id, to_jsonb(own) AS row FROM (SELECT created_at, turned_at AS last_used_at, \
                user_agent FROM sessions WHERE user_id = $1 AND $2 IS NULL) own LIMIT $3",
        },
        Self {
            name: "addresses.jsonl",
            query: "SELECT NULL::uuid AS id, to_jsonb(own) AS row FROM (SELECT address, signed_in_at \
                FROM sign_in_addresses WHERE user_id = $1 AND $2 IS NULL) own LIMIT $3",
        },
        Self {
            name: "api_keys.jsonl",
            query: "SELECT NULL::uuid AS id, to_jsonb(own) AS row FROM (SELECT name, scopes, created_at, expires_at, \
                last_used_at FROM api_keys WHERE user_id = $1 AND $2 IS NULL) own LIMIT $3",
        },
        Self {
            name: "webhooks.jsonl",
            query: "SELECT id, to_jsonb(own) AS row FROM (SELECT id, url, description, types, is_paused, paused_because, \
                succeeded_at, created_at, updated_at FROM webhooks WHERE user_id = $1 AND ($2 IS NULL OR id > $2)) own \
                ORDER BY id LIMIT $3",
        },
        Self {
            name: "favourites.jsonl",
            query: "SELECT id, to_jsonb(own) - 'user_id' AS row FROM favourites own \
                WHERE user_id = $1 AND ($2 IS NULL OR id > $2) ORDER BY id LIMIT $3",
        },
        Self {
            name: "following.jsonl",
            query: "SELECT artist_id AS id, to_jsonb(own) - 'user_id' AS row FROM following own \
                WHERE user_id = $1 AND ($2 IS NULL OR artist_id > $2) ORDER BY artist_id LIMIT $3",
        },
        Self {
            name: "playlists.jsonl",
            query: "SELECT id, to_jsonb(own) - 'owner_id' AS row FROM playlists own \
                WHERE owner_id = $1 AND ($2 IS NULL OR id > $2) ORDER BY id LIMIT $3",
        },
        Self {
            name: "playlist_items.jsonl",
            query: "SELECT own.id, to_jsonb(own) - 'added_by' - 'rank' AS row FROM playlist_items own \
                JOIN playlists ON playlists.id = own.playlist_id \
                WHERE playlists.owner_id = $1 AND ($2 IS NULL OR own.id > $2) ORDER BY own.id LIMIT $3",
        },
        Self {
            name: "queue.jsonl",
            query: "SELECT NULL::uuid AS id, to_jsonb(own) - 'user_id' AS row FROM play_queues own \
                WHERE user_id = $1 AND $2 IS NULL LIMIT $3",
        },
        Self {
            name: "preferences.jsonl",
            query: "SELECT NULL::uuid AS id, to_jsonb(own) - 'user_id' AS row FROM preferences own \
                WHERE user_id = $1 AND $2 IS NULL LIMIT $3",
        },
        Self {
            name: "hidden_listens.jsonl",
            query: "SELECT event_id AS id, jsonb_build_object('event_id', event_id) AS row FROM hidden_listens \
                WHERE user_id = $1 AND ($2 IS NULL OR event_id > $2) ORDER BY event_id LIMIT $3",
        },
        Self {
            name: "reports.jsonl",
            query: "SELECT id, to_jsonb(own) - 'reported_by' - 'resolved_by' AS row FROM reports own \
                WHERE reported_by = $1 AND ($2 IS NULL OR id > $2) ORDER BY id LIMIT $3",
        },
        Self {
            name: "artists.jsonl",
            query: "SELECT id, to_jsonb(own) - 'name_key' AS row FROM artists own \
                WHERE (user_id = $1 OR created_by = $1) AND deleted_at IS NULL AND ($2 IS NULL OR id > $2) \
                ORDER BY id LIMIT $3",
        },
    ];
}

impl Store {
    /// A page of rows after this one.
    pub async fn own_rows(&self, of: OwnRows, user: UserId, after: Option<Uuid>) -> Result<Vec<OwnRow>, StoreError> {
        let query = diesel::sql_query(of.query)
            .bind::<SqlUuid, _>(user.0)
            .bind::<Nullable<SqlUuid>, _>(after)
            .bind::<BigInt, _>(OwnRows::PAGE);
        Ok(query.load(&mut self.connection().await?).await?)
    }

    /// An account's pseudonym, for its own listens.
    pub async fn listener_of(&self, user: UserId) -> Result<Option<ListenerId>, StoreError> {
        let query = users::table.find(user.0).select(users::listener_id);
        let id: Option<Uuid> = query.first(&mut self.connection().await?).await.optional()?;
        Ok(id.map(ListenerId))
    }
}

impl Reader {
    /// Whether this job is an export of that person which is ready and still kept.
    pub async fn is_kept_export(&self, job: JobId, of: UserId, now: Time) -> Result<bool, StoreError> {
        let oldest = now.plus(-chrono::TimeDelta::hours(KEPT_HOURS)).utc();
        let export = jobs::table
            .find(job.0)
            .filter(jobs::kind.eq(Export::NAME).and(jobs::created_by.eq(of.0)))
            .filter(jobs::status.eq("done").and(jobs::finished_at.gt(oldest)));
        let query = diesel::select(diesel::dsl::exists(export));
        Ok(query.get_result(&mut self.connection().await?).await?)
    }
}
