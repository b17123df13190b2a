//! The listens that both sides send: they differ only in their ids.

use std::fmt::Write as _;

use events::{ArtistId, Event, Listen, ListenerId, Meta, Time, TrackId};
use uuid::Uuid;

use crate::BenchError;

pub const DURATION_MS: i64 = 200_000;
pub const GENRE: &str = "rock";
pub const SOURCE: &str = "bench";

/// The ids of one sender in one run. No other sender and no other run has them.
pub struct Ids {
    high: u64,
    next: u64,
}

impl Ids {
    pub fn new(run: u32, sender: usize) -> Self {
        Self {
            high: u64::from(run) << 32 | (sender as u64) << 16,
            next: 0,
        }
    }

    pub fn next(&mut self) -> Uuid {
        self.next += 1;
        uuid::Builder::from_random_bytes((u128::from(self.high) << 64 | u128::from(self.next)).to_be_bytes())
            .into_uuid()
    }
}

/// Listens as clients post them.
pub struct Posted {
    pub tracks: Vec<Uuid>,
    pub listened_at: Time,
}

impl Posted {
    /// Body of `POST /tracks/{id}/listen`.
    pub fn one(&self, id: Uuid) -> String {
        format!(
            r#"{{"event_id":"{id}","listened_at":"{}","ms_played":{DURATION_MS},"source":"{SOURCE}"}}"#,
            self.listened_at
        )
    }

    /// Body of `POST /analytics/listening-events`.
    pub fn many(&self, ids: &mut Ids, count: usize) -> String {
        let mut body = String::with_capacity(count * 200);
        body.push_str(r#"{"events":["#);
        for number in 0..count {
            let (id, track) = (ids.next(), self.tracks[number % self.tracks.len()]);
            let comma = if number == 0 { "" } else { "," };
            // Writing to a String never fails.
            let _ = write!(
                body,
                r#"{comma}{{"event_id":"{id}","track_id":"{track}","listened_at":"{}","ms_played":{DURATION_MS},"source":"{SOURCE}"}}"#,
                self.listened_at
            );
        }
        body.push_str("]}");
        body
    }
}

/// The event that the API makes of such a listen: key and payload.
pub fn event(
    id: Uuid,
    listener: ListenerId,
    track: Uuid,
    artist: ArtistId,
    now: Time,
) -> Result<(String, Vec<u8>), BenchError> {
    let listen = Listen {
        event_id: id,
        listener_id: listener,
        track_id: TrackId(track),
        artist_id: artist,
        artist_ids: vec![artist],
        album_id: None,
        genres: vec![GENRE.to_owned()],
        duration_ms: Some(DURATION_MS),
        listened_at: now,
        ms_played: DURATION_MS,
        counted: true,
        source: Some(SOURCE.to_owned()),
        device: None,
        context: None,
    };
    encoded(listen, now)
}

/// Key and payload of a listen that is published at `now`.
pub fn encoded(listen: Listen, now: Time) -> Result<(String, Vec<u8>), BenchError> {
    let meta = Meta {
        id: listen.event_id,
        time: now,
        sequence: None,
        traceparent: None,
    };
    let encoded = Event::Listened(Box::new(listen)).encode(&meta)?;
    Ok((encoded.key.unwrap_or_default(), encoded.payload))
}
