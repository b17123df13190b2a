//! What the operator counts: accounts, and how complete the catalogue is; and whose studio may be seen.

use chrono::{DateTime, Utc};
use diesel::{
    OptionalExtension as _, QueryableByName,
    sql_types::{BigInt, Bool, Nullable, Timestamptz, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use domain::Sight;
use events::ArtistId;

use crate::{Reader, StoreError};

/// How many accounts there are.
#[derive(Clone, Copy, Debug, QueryableByName)]
pub struct Accounts {
    #[diesel(sql_type = BigInt)]
    pub total: i64,
    /// Opened in the time asked about.
    #[diesel(sql_type = BigInt)]
    pub opened: i64,
}

/// How many things of the catalogue have what.
#[derive(Clone, Copy, Debug, QueryableByName)]
pub struct Completeness {
    #[diesel(sql_type = BigInt)]
    pub tracks: i64,
    #[diesel(sql_type = BigInt)]
    pub tracks_audio: i64,
    #[diesel(sql_type = BigInt)]
    pub tracks_duration: i64,
    #[diesel(sql_type = BigInt)]
    pub tracks_genres: i64,
    #[diesel(sql_type = BigInt)]
    pub tracks_album: i64,
    #[diesel(sql_type = BigInt)]
    pub albums: i64,
    #[diesel(sql_type = BigInt)]
    pub albums_cover: i64,
    #[diesel(sql_type = BigInt)]
    pub albums_genres: i64,
    #[diesel(sql_type = BigInt)]
    pub albums_release_date: i64,
    #[diesel(sql_type = BigInt)]
    pub artists: i64,
    #[diesel(sql_type = BigInt)]
    pub artists_country: i64,
    #[diesel(sql_type = BigInt)]
    pub artists_genres: i64,
    #[diesel(sql_type = BigInt)]
    pub artists_bio: i64,
}

const COMPLETENESS: &str = "SELECT * FROM \
    (SELECT count(*) AS tracks, count(audio_key) AS tracks_audio, count(duration_ms) AS tracks_duration, \
        count(*) FILTER (WHERE genres != '{}') AS tracks_genres, count(album_id) AS tracks_album FROM tracks) AS track, \
    (SELECT count(*) AS albums, count(cover_key) AS albums_cover, \
        count(*) FILTER (WHERE genres != '{}') AS albums_genres, count(release_date) AS albums_release_date \
        FROM albums WHERE deleted_at IS NULL) AS album, \
    (SELECT count(*) AS artists, count(country) AS artists_country, \
        count(*) FILTER (WHERE genres != '{}') AS artists_genres, count(bio) AS artists_bio \
        FROM artists WHERE deleted_at IS NULL) AS artist";

#[derive(QueryableByName)]
struct MaySee {
    #[diesel(sql_type = Bool)]
    may_see: bool,
}

impl Reader {
    /// Accounts, and those opened from `from` on and before `to`.
    pub async fn accounts(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> Result<Accounts, StoreError> {
        let query = "SELECT (SELECT count(*) FROM users) AS total, \
                     (SELECT count(*) FROM users WHERE created_at >= $1 AND created_at < $2) AS opened";
        let query = diesel::sql_query(query)
            .bind::<Timestamptz, _>(from)
            .bind::<Timestamptz, _>(to);
        Ok(query.get_result(&mut self.connection().await?).await?)
    }

    /// How complete the catalogue is; it reads all of it.
    pub async fn completeness(&self) -> Result<Completeness, StoreError> {
        let query = diesel::sql_query(COMPLETENESS);
        Ok(query.get_result(&mut self.connection().await?).await?)
    }

    /// Whether this person may see an artist's studio: its owner and admins may. `None`: there is no such artist.
    pub async fn may_see_studio(&self, id: ArtistId, sight: Sight) -> Result<Option<bool>, StoreError> {
        let query = "SELECT coalesce($3 OR created_by = $2 OR user_id = $2, false) AS may_see \
                     FROM artists WHERE id = $1 AND deleted_at IS NULL";
        let found: Option<MaySee> = diesel::sql_query(query)
            .bind::<SqlUuid, _>(id.0)
            .bind::<Nullable<SqlUuid>, _>(sight.user_id.map(|user| user.0))
            .bind::<Bool, _>(sight.is_admin)
            .get_result(&mut self.connection().await?)
            .await
            .optional()?;
        Ok(found.map(|row| row.may_see))
    }
}
