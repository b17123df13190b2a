//! Objects of the bucket: announced before they are stored, held by whoever uses them, locked by whoever deletes them.
//!
//! Their rows come last in the order of locks: artist → album → track → object.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use diesel::{
    prelude::*,
    sql_types::{Array, BigInt, Bool, Double, Jsonb, Nullable, Text, Timestamptz, Uuid as SqlUuid},
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use domain::{ObjectKind, Sound, StoredObject};
use events::{AudioState, Time, TrackId, UserId};
use serde_json::Value;
use uuid::Uuid;

use crate::{Reader, StoreError, Unit, schema::objects, tracks::audio_state};

/// Whether a row of the catalogue names the object `key`.
macro_rules! used {
    ($key:literal) => {
        concat!(
            "(EXISTS (SELECT FROM tracks WHERE audio_key = ",
            $key,
            ") ",
            "OR EXISTS (SELECT FROM tracks WHERE cover_key = ",
            $key,
            ") ",
            "OR EXISTS (SELECT FROM albums WHERE cover_key = ",
            $key,
            ") ",
            "OR EXISTS (SELECT FROM artists WHERE cover_key = ",
            $key,
            "))"
        )
    };
}

/// Rows that one statement deletes.
const CHUNK: i64 = 5_000;

/// An object that is about to be stored.
#[derive(Clone, Debug)]
pub struct NewObject {
    pub key: String,
    pub kind: ObjectKind,
    pub owner: UserId,
    pub size_bytes: i64,
    pub sha256: String,
    pub content_type: String,
    /// Of audio.
    pub sound: Option<Sound>,
}

/// An object as its owner sees it.
#[derive(Clone, Debug)]
pub struct ObjectView {
    pub object: StoredObject,
    pub size_bytes: i64,
    pub sha256: String,
    pub content_type: String,
    pub etag: Option<String>,
    /// The track whose audio it is.
    pub track: Option<TrackId>,
    pub is_used: bool,
    pub created_at: Time,
}

/// What came of a look at some keys of the bucket.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SweptObjects {
    /// Their rows are deleted (or would be): their objects can go.
    pub unused: BTreeSet<String>,
    /// Nothing knows them, and nothing will.
    pub strays: BTreeSet<String>,
}

/// Kind, owner, what it sounds like, length.
type Columns = (String, Option<Uuid>, Option<Value>, Option<i64>);

#[derive(QueryableByName)]
struct Key {
    #[diesel(sql_type = Text)]
    key: String,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    key: String,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    owner_id: Option<Uuid>,
    #[diesel(sql_type = BigInt)]
    size_bytes: i64,
    #[diesel(sql_type = Text)]
    sha256: String,
    #[diesel(sql_type = Text)]
    content_type: String,
    #[diesel(sql_type = Nullable<Text>)]
    etag: Option<String>,
    #[diesel(sql_type = Nullable<Jsonb>)]
    audio: Option<Value>,
    #[diesel(sql_type = Nullable<BigInt>)]
    duration_ms: Option<i64>,
    #[diesel(sql_type = Timestamptz)]
    created_at: DateTime<Utc>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    track_id: Option<Uuid>,
    #[diesel(sql_type = Bool)]
    is_used: bool,
}

#[derive(QueryableByName)]
struct Total {
    #[diesel(sql_type = BigInt)]
    total: i64,
}

/// How much there is of something.
#[derive(Clone, Debug, QueryableByName)]
pub struct ObjectUsage {
    /// The kind, or the account's name; none: an account that is gone.
    #[diesel(sql_type = Nullable<Text>)]
    pub name: Option<String>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub user_id: Option<Uuid>,
    #[diesel(sql_type = BigInt)]
    pub objects: i64,
    #[diesel(sql_type = BigInt)]
    pub bytes: i64,
}

/// What the bucket holds.
#[derive(Clone, Debug)]
pub struct StorageUsage {
    pub by_kind: Vec<ObjectUsage>,
    /// Those who have most, first.
    pub by_user: Vec<ObjectUsage>,
    pub orphans: ObjectUsage,
}

/// `$1` narrows it down.
const VIEW: &str = concat!(
    "SELECT key, kind, owner_id, size_bytes, sha256, content_type, etag, audio, duration_ms, created_at, \
     (SELECT id FROM tracks WHERE audio_key = key) AS track_id, ",
    used!("key"),
    " AS is_used FROM objects WHERE stored_at IS NOT NULL AND "
);

impl Row {
    fn view(self) -> Result<ObjectView, StoreError> {
        let duration_ms = self.duration_ms;
        let object = object(
            self.key,
            &self.kind,
            self.owner_id,
            audio_state(self.audio)?,
            duration_ms,
        )?;
        Ok(ObjectView {
            object,
            size_bytes: self.size_bytes,
            sha256: self.sha256,
            content_type: self.content_type,
            etag: self.etag,
            track: self.track_id.map(TrackId),
            is_used: self.is_used,
            created_at: self.created_at.into(),
        })
    }
}

fn object(
    key: String,
    kind: &str,
    owner: Option<Uuid>,
    state: Option<AudioState>,
    duration_ms: Option<i64>,
) -> Result<StoredObject, StoreError> {
    let kind = ObjectKind::by_name(kind);
    Ok(StoredObject {
        key,
        kind: kind.ok_or_else(|| StoreError::Defect("an object of an unknown kind".to_owned()))?,
        owner: owner.map(UserId),
        sound: state.map(|state| Sound { state, duration_ms }),
    })
}

async fn find(connection: &mut AsyncPgConnection, key: &str) -> Result<Option<ObjectView>, StoreError> {
    let view = diesel::sql_query(format!("{VIEW} key = $1")).bind::<Text, _>(key);
    let row: Option<Row> = view.get_result(connection).await.optional()?;
    row.map(Row::view).transpose()
}

impl Unit {
    /// Commit this before the object is stored: from then on the sweep knows it.
    pub async fn announce_objects(&mut self, new: &[NewObject]) -> Result<(), StoreError> {
        let now = self.context.now.utc();
        let values = new.iter().map(|new| {
            let state = new.sound.as_ref().map(|sound| serde_json::to_value(&sound.state));
            let state = state
                .transpose()
                .map_err(|error| StoreError::Defect(error.to_string()))?;
            Ok((
                objects::key.eq(&new.key),
                objects::kind.eq(new.kind.name()),
                objects::owner_id.eq(new.owner.0),
                objects::size_bytes.eq(new.size_bytes),
                objects::sha256.eq(&new.sha256),
                objects::content_type.eq(&new.content_type),
                objects::audio.eq(state),
                objects::duration_ms.eq(new.sound.as_ref().and_then(|sound| sound.duration_ms)),
                objects::created_at.eq(now),
                // If the upload dies before a row names it, the sweep's grace time has begun already.
                objects::unused_since.eq(now),
            ))
        });
        let values = values.collect::<Result<Vec<_>, StoreError>>()?;
        diesel::insert_into(objects::table)
            .values(values)
            .execute(self.connection()?)
            .await?;
        Ok(())
    }

    /// The object is in the bucket. Holds it until this unit ends. [`StoreError::Conflict`] when it was swept meanwhile.
    pub async fn object_is_stored(&mut self, key: &str, etag: Option<&str>) -> Result<(), StoreError> {
        let stored = diesel::update(objects::table.find(key))
            .set((objects::stored_at.eq(self.context.now.utc()), objects::etag.eq(etag)));
        if stored.execute(self.connection()?).await? == 0 {
            return Err(StoreError::Conflict);
        }
        Ok(())
    }

    /// An object that is about to come into use, held until this unit ends: nobody can delete it meanwhile.
    pub async fn hold_object(&mut self, key: &str) -> Result<Option<StoredObject>, StoreError> {
        // Postgres takes no text with it, so no key has it.
        if key.contains('\0') {
            return Ok(None);
        }
        let row = objects::table.find(key).filter(objects::stored_at.is_not_null());
        let row = row.select((objects::kind, objects::owner_id, objects::audio, objects::duration_ms));
        // Any number of works may take one into use at once. Only who deletes it (FOR UPDATE) has to wait.
        let row: Option<Columns> = row.for_key_share().first(self.connection()?).await.optional()?;
        let Some((kind, owner, audio, duration_ms)) = row else {
            return Ok(None);
        };
        object(key.to_owned(), &kind, owner, audio_state(audio)?, duration_ms).map(Some)
    }

    /// These objects are not used here any more; what nothing else uses goes with a sweep, after its grace time.
    pub async fn let_go_of_objects(&mut self, keys: &[String]) -> Result<(), StoreError> {
        // Locked in one order, since works that go at the same time may share covers.
        // FOR NO KEY UPDATE does not wait for those who hold an object to use it (FOR KEY SHARE).
        let update = "UPDATE objects SET unused_since = $2 WHERE key = ANY(ARRAY( \
            SELECT key FROM objects WHERE key = ANY($1) ORDER BY key FOR NO KEY UPDATE))";
        diesel::sql_query(update)
            .bind::<Array<Text>, _>(keys)
            .bind::<Timestamptz, _>(self.context.now.utc())
            .execute(self.connection()?)
            .await?;
        Ok(())
    }

    /// An object that is in the bucket.
    pub async fn object(&mut self, key: &str) -> Result<Option<ObjectView>, StoreError> {
        find(self.connection()?, key).await
    }

    /// An object, locked: nobody brings it into use until this unit ends.
    pub async fn lock_object(&mut self, key: &str) -> Result<Option<ObjectView>, StoreError> {
        let lock = objects::table.find(key).select(objects::key).for_update();
        lock.first::<String>(self.connection()?).await.optional()?;
        // A statement of its own sees what whoever held it has committed.
        self.object(key).await
    }

    /// Deletes the rows of those that nothing uses; their objects can go once this is committed. One that somebody
    /// is about to use stays.
    pub async fn delete_unused_objects(&mut self, keys: &[&str]) -> Result<BTreeSet<String>, StoreError> {
        self.delete_old_unused(keys, TimeDelta::zero()).await
    }

    async fn delete_old_unused(&mut self, keys: &[&str], age: TimeDelta) -> Result<BTreeSet<String>, StoreError> {
        let lock = "SELECT key FROM objects WHERE key = ANY($1) AND unused_since <= now() - make_interval(secs => $2) \
                    FOR UPDATE SKIP LOCKED";
        let locked: Vec<Key> = diesel::sql_query(lock)
            .bind::<Array<Text>, _>(keys)
            .bind::<Double, _>(age.as_seconds_f64())
            .load(self.connection()?)
            .await?;
        let locked: Vec<String> = locked.into_iter().map(|row| row.key).collect();
        // Not in one statement: it would see what was in use before it got the locks.
        let delete = concat!(
            "DELETE FROM objects WHERE key = ANY($1) AND NOT ",
            used!("objects.key"),
            " RETURNING key"
        );
        let deleted = diesel::sql_query(delete).bind::<Array<Text>, _>(locked);
        let deleted: Vec<Key> = deleted.load(self.connection()?).await?;
        Ok(deleted.into_iter().map(|row| row.key).collect())
    }

    /// Of these keys of the bucket: those that nothing has used for so long, whose rows are deleted, and those that have no
    /// row. Nothing without a row comes into use; but a process of a version before may use one that it stored itself,
    /// so the caller lets strays grow old, too. With `dry_run` nothing is deleted.
    pub async fn sweep_objects(
        &mut self,
        keys: &[&str],
        age: TimeDelta,
        dry_run: bool,
    ) -> Result<SweptObjects, StoreError> {
        let strays = concat!(
            "SELECT key FROM unnest($1) AS listed (key) \
             WHERE NOT EXISTS (SELECT FROM objects WHERE objects.key = listed.key) AND NOT ",
            used!("listed.key")
        );
        let strays: Vec<Key> = diesel::sql_query(strays)
            .bind::<Array<Text>, _>(keys)
            .load(self.connection()?)
            .await?;
        let unused = if dry_run {
            let unused = concat!(
                "SELECT key FROM objects WHERE key = ANY($1) AND unused_since <= now() - make_interval(secs => $2) \
                 AND NOT ",
                used!("objects.key")
            );
            let unused = diesel::sql_query(unused).bind::<Array<Text>, _>(keys);
            let unused = unused.bind::<Double, _>(age.as_seconds_f64());
            let unused: Vec<Key> = unused.load(self.connection()?).await?;
            unused.into_iter().map(|row| row.key).collect()
        } else {
            self.delete_old_unused(keys, age).await?
        };
        Ok(SweptObjects {
            unused,
            strays: strays.into_iter().map(|row| row.key).collect(),
        })
    }
}

impl Unit {
    /// Deletes rows whose objects never came into the bucket; how many.
    pub async fn sweep_never_stored(&mut self, age: TimeDelta) -> Result<i64, StoreError> {
        // Asked outside again: of a row that changes meanwhile Postgres looks at the outer condition anew, and never at
        // the list.
        let delete = "DELETE FROM objects WHERE key = ANY(ARRAY(SELECT key FROM objects WHERE stored_at IS NULL \
            AND created_at < now() - make_interval(secs => $1) ORDER BY created_at LIMIT $2)) AND stored_at IS NULL";
        let deleted = diesel::sql_query(delete)
            .bind::<Double, _>(age.as_seconds_f64())
            .bind::<BigInt, _>(CHUNK);
        let deleted = deleted.execute(self.connection()?).await?;
        Ok(i64::try_from(deleted).unwrap_or(i64::MAX))
    }
}

impl Reader {
    /// An object that is in the bucket.
    pub async fn object(&self, key: &str) -> Result<Option<ObjectView>, StoreError> {
        find(&mut *self.connection().await?, key).await
    }

    /// A page of the audio that a person sent, newest first, and how many there are.
    pub async fn audio_objects_of(
        &self,
        user: UserId,
        limit: i64,
        offset: i64,
    ) -> Result<(Vec<ObjectView>, i64), StoreError> {
        let connection = &mut *self.connection().await?;
        let total =
            "SELECT count(*) AS total FROM objects WHERE owner_id = $1 AND kind = 'audio' AND stored_at IS NOT NULL";
        let total = diesel::sql_query(total).bind::<SqlUuid, _>(user.0);
        let Total { total } = total.get_result(connection).await?;
        let page =
            format!("{VIEW} owner_id = $1 AND kind = 'audio' ORDER BY created_at DESC, key DESC LIMIT $2 OFFSET $3");
        let page = diesel::sql_query(page).bind::<SqlUuid, _>(user.0);
        let page = page.bind::<BigInt, _>(limit).bind::<BigInt, _>(offset);
        let rows: Vec<Row> = page.load(connection).await?;
        Ok((rows.into_iter().map(Row::view).collect::<Result<_, _>>()?, total))
    }

    /// What the bucket holds, by kind and by person, and what of it nothing uses. It looks at every row.
    pub async fn storage_usage(&self, users: i64) -> Result<StorageUsage, StoreError> {
        const SUMS: &str = "count(*) AS objects, coalesce(sum(size_bytes), 0)::bigint AS bytes";
        let connection = &mut *self.connection().await?;
        let by_kind = format!(
            "SELECT kind AS name, NULL::uuid AS user_id, {SUMS} FROM objects WHERE stored_at IS NOT NULL GROUP BY kind ORDER BY kind"
        );
        let by_user = format!(
            "SELECT users.username AS name, used.owner_id AS user_id, used.objects, used.bytes FROM \
             (SELECT owner_id, {SUMS} FROM objects WHERE stored_at IS NOT NULL GROUP BY owner_id \
              ORDER BY bytes DESC, owner_id LIMIT $1) AS used LEFT JOIN users ON users.id = used.owner_id \
             ORDER BY used.bytes DESC, used.owner_id"
        );
        let orphans = format!(
            "SELECT NULL::text AS name, NULL::uuid AS user_id, {SUMS} FROM objects WHERE stored_at IS NOT NULL AND NOT {}",
            used!("objects.key")
        );
        Ok(StorageUsage {
            by_kind: diesel::sql_query(by_kind).load(connection).await?,
            by_user: diesel::sql_query(by_user)
                .bind::<BigInt, _>(users)
                .load(connection)
                .await?,
            orphans: diesel::sql_query(orphans).get_result(connection).await?,
        })
    }
}
