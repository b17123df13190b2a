//! Tracks that entries of a playlist file may mean: by ids, here or elsewhere, and by the names of their artists.

use diesel::{
    prelude::*,
    sql_types::{Array, BigInt, Nullable, Text, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use domain::{Candidate, SoughtTrack};
use events::TrackId;
use uuid::Uuid;

use crate::{Reader, StoreError, moderation::TRACK_IS_SHOWN};

/// Names of artists of one query.
const STEP: usize = 500;

const CANDIDATE: &str = "SELECT tracks.id, tracks.title, tracks.duration_ms, albums.title AS album, \
    tracks.external_ids ->> 'mbid' AS mbid, tracks.external_ids ->> 'isrc' AS isrc, ";

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Text)]
    title: String,
    #[diesel(sql_type = Nullable<BigInt>)]
    duration_ms: Option<i64>,
    #[diesel(sql_type = Nullable<Text>)]
    album: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    mbid: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    isrc: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    artist_key: Option<String>,
}

impl From<Row> for Candidate {
    fn from(row: Row) -> Self {
        Self {
            id: TrackId(row.id),
            title: row.title,
            artist_key: row.artist_key,
            album: row.album,
            duration_ms: row.duration_ms,
            mbid: row.mbid.and_then(|id| Uuid::try_parse(&id).ok()),
            isrc: row.isrc,
        }
    }
}

impl Reader {
    /// Tracks that may be among those sought, the oldest first; each once for each artist it may be found by.
    pub async fn candidates(&self, sought: &[SoughtTrack]) -> Result<Vec<Candidate>, StoreError> {
        let connection = &mut *self.connection().await?;
        let ids: Vec<Uuid> = sought.iter().flat_map(|track| track.ids.iter().copied()).collect();
        let mbids: Vec<String> = sought
            .iter()
            .flat_map(|track| &track.mbids)
            .map(Uuid::to_string)
            .collect();
        let isrcs: Vec<String> = sought.iter().flat_map(|track| track.isrcs.iter().cloned()).collect();
        let by_ids = format!(
            "NULL AS artist_key FROM tracks JOIN artists ON artists.id = tracks.artist_id \
            LEFT JOIN albums ON albums.id = tracks.album_id \
            WHERE artists.deleted_at IS NULL AND {TRACK_IS_SHOWN} AND tracks.id IN (SELECT id FROM tracks WHERE id = ANY($1) \
                UNION SELECT id FROM tracks WHERE external_ids ->> 'mbid' = ANY($2) \
                UNION SELECT id FROM tracks WHERE external_ids ->> 'isrc' = ANY($3)) ORDER BY tracks.id"
        );
        let query = diesel::sql_query(format!("{CANDIDATE}{by_ids}"))
            .bind::<Array<SqlUuid>, _>(ids)
            .bind::<Array<Text>, _>(mbids)
            .bind::<Array<Text>, _>(isrcs);
        let mut found: Vec<Row> = query.load(connection).await?;
        let mut keys: Vec<String> = sought.iter().flat_map(SoughtTrack::artist_keys).collect();
        keys.sort_unstable();
        keys.dedup();
        let by_artist = format!(
            "named.name_key AS artist_key FROM artists named \
            JOIN track_credits credit ON credit.artist_id = named.id AND credit.role IN ('main', 'featured') \
            JOIN tracks ON tracks.id = credit.track_id JOIN artists first ON first.id = tracks.artist_id \
            LEFT JOIN albums ON albums.id = tracks.album_id \
            WHERE named.name_key = ANY($1) AND named.deleted_at IS NULL AND first.deleted_at IS NULL \
                AND {TRACK_IS_SHOWN} ORDER BY tracks.id"
        );
        for keys in keys.chunks(STEP) {
            let query = diesel::sql_query(format!("{CANDIDATE}{by_artist}")).bind::<Array<Text>, _>(keys);
            found.extend(query.load::<Row>(connection).await?);
        }
        Ok(found.into_iter().map(Candidate::from).collect())
    }
}
