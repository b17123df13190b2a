//! Waveforms of audio objects. They are made of the object alone, so they live and die with its row.

use diesel::{
    prelude::*,
    sql_types::{BigInt, Bool, Bytea, Nullable, Text, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use domain::Sight;
use events::TrackId;

use crate::{Reader, StoreError, Unit, moderation::TRACK_IS_SHOWN};

/// What came of decoding a sound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Waveform {
    /// One byte for each part of its length.
    Peaks(Vec<u8>),
    /// Why it cannot be decoded.
    Refused(String),
}

/// The waveform of a track's audio.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrackWaveform {
    /// SHA-256 of the audio; none: the track has no audio.
    pub sha256: Option<String>,
    pub duration_ms: Option<i64>,
    /// None: it is not made yet.
    pub waveform: Option<Waveform>,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Nullable<Text>)]
    sha256: Option<String>,
    #[diesel(sql_type = Nullable<BigInt>)]
    duration_ms: Option<i64>,
    #[diesel(sql_type = Nullable<Bytea>)]
    peaks: Option<Vec<u8>>,
    #[diesel(sql_type = Nullable<Text>)]
    refused: Option<String>,
}

#[derive(QueryableByName)]
struct Key {
    #[diesel(sql_type = Text)]
    key: String,
}

#[derive(QueryableByName)]
struct Total {
    #[diesel(sql_type = BigInt)]
    total: i64,
}

impl Unit {
    /// Keeps the waveform of an object, unless the object is gone or has one.
    pub async fn keep_waveform(&mut self, key: &str, waveform: &Waveform) -> Result<(), StoreError> {
        let (peaks, refused) = match waveform {
            Waveform::Peaks(peaks) => (Some(peaks), None),
            Waveform::Refused(reason) => (None, Some(reason)),
        };
        let insert = "INSERT INTO waveforms (key, peaks, refused) \
            SELECT key, $2, $3 FROM objects WHERE key = $1 FOR KEY SHARE ON CONFLICT DO NOTHING";
        diesel::sql_query(insert)
            .bind::<Text, _>(key)
            .bind::<Nullable<Bytea>, _>(peaks)
            .bind::<Nullable<Text>, _>(refused)
            .execute(self.connection()?)
            .await?;
        Ok(())
    }

    /// Audio that has no waveform yet, after that key, in the order of keys.
    pub async fn audio_without_waveform(&mut self, after: &str, limit: i64) -> Result<Vec<String>, StoreError> {
        let query = "SELECT key FROM objects WHERE kind = 'audio' AND stored_at IS NOT NULL AND key > $1 \
            AND NOT EXISTS (SELECT FROM waveforms WHERE waveforms.key = objects.key) ORDER BY key LIMIT $2";
        let query = diesel::sql_query(query).bind::<Text, _>(after).bind::<BigInt, _>(limit);
        let keys: Vec<Key> = query.load(self.connection()?).await?;
        Ok(keys.into_iter().map(|row| row.key).collect())
    }

    /// How many there are.
    pub async fn count_without_waveform(&mut self) -> Result<i64, StoreError> {
        let query = "SELECT key FROM objects WHERE kind = 'audio' AND stored_at IS NOT NULL";
        let total = diesel::sql_query(format!(
            "SELECT count(*) AS total FROM ({query} EXCEPT SELECT key FROM waveforms) AS without"
        ));
        Ok(total.get_result::<Total>(self.connection()?).await?.total)
    }
}

impl Reader {
    /// None where there is no such track, or it was taken down and this is neither its owner nor an admin.
    pub async fn waveform_of(&self, track: TrackId, sight: Sight) -> Result<Option<TrackWaveform>, StoreError> {
        let query = format!(
            "SELECT tracks.audio_sha256 AS sha256, tracks.duration_ms, waveforms.peaks, waveforms.refused \
            FROM tracks JOIN artists ON artists.id = tracks.artist_id \
            LEFT JOIN waveforms ON waveforms.key = tracks.audio_key \
            WHERE tracks.id = $1 AND artists.deleted_at IS NULL AND ({TRACK_IS_SHOWN} OR tracks.created_by = $2 OR $3)"
        );
        let query = diesel::sql_query(query)
            .bind::<SqlUuid, _>(track.0)
            .bind::<Nullable<SqlUuid>, _>(sight.user_id.map(|user| user.0))
            .bind::<Bool, _>(sight.is_admin);
        let row: Option<Row> = query.get_result(&mut self.connection().await?).await.optional()?;
        Ok(row.map(|row| TrackWaveform {
            sha256: row.sha256,
            duration_ms: row.duration_ms,
            waveform: match (row.peaks, row.refused) {
                (Some(peaks), _) => Some(Waveform::Peaks(peaks)),
                (None, Some(reason)) => Some(Waveform::Refused(reason)),
                (None, None) => None,
            },
        }))
    }
}
