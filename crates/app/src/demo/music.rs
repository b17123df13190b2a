//! What music there is to load, whose it is, and its way into the catalogue.

use std::{collections::BTreeMap, path::PathBuf};

use futures_util::{StreamExt as _, stream};
use serde_json::Value;

use super::{
    Failure,
    api::Api,
    debian,
    progress::{self, Progress},
    tones,
};

/// Uploads at once.
const AT_ONCE: usize = 3;

/// One file to upload.
pub(super) struct Piece {
    /// The audio, with its tags.
    pub(super) sound: Sound,
    /// What its artist's page says: who, under which licence, where from.
    pub(super) credit: &'static str,
}

/// Audio.
pub(super) enum Sound {
    /// A file.
    File(PathBuf),
    /// Made here: a file name and its bytes.
    Made(String, Vec<u8>),
}

/// A track of the catalogue, as far as the listeners care.
#[derive(Clone)]
pub(super) struct Known {
    /// Its id.
    pub(super) id: String,
    /// Length, in milliseconds.
    pub(super) duration_ms: i64,
}

impl Piece {
    /// A name for people.
    pub(super) fn name(&self) -> String {
        match &self.sound {
            Sound::File(path) => path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            Sound::Made(name, _) => name.clone(),
        }
    }
}

/// The music of Debian's packages or, where there is no apt, short tones.
pub(super) async fn collect() -> Vec<Piece> {
    let mut pieces = Vec::new();
    for package in &debian::PACKAGES {
        match debian::songs(package).await {
            Ok(songs) => {
                pieces.extend(songs.into_iter().map(|song| Piece {
                    sound: Sound::File(song),
                    credit: package.credit,
                }));
            }
            Err(reason) => progress::line(&format!("  {} cannot be had: {reason}", package.name)),
        }
    }
    if pieces.is_empty() {
        progress::line("  no music from Debian: making short tones instead");
        pieces = tones::pieces();
    }
    pieces
}

/// Uploads everything and credits the artists. The tracks, in the order of the pieces.
pub(super) async fn upload(api: &Api, token: &str, pieces: &[Piece]) -> Result<Vec<Known>, Failure> {
    let mut progress = Progress::new("uploading music", pieces.len());
    let uploads = pieces.iter().map(async |piece| (piece, api.upload(token, piece).await));
    let mut uploads = stream::iter(uploads).buffered(AT_ONCE);
    let (mut tracks, mut credits) = (Vec::with_capacity(pieces.len()), BTreeMap::new());
    while let Some((piece, track)) = uploads.next().await {
        let track = track?;
        progress.step(track["title"].as_str().unwrap_or_default());
        credits.insert(text(&track["artist"]["id"])?, piece.credit);
        let duration_ms = track["duration_ms"]
            .as_i64()
            .filter(|length| *length > 0)
            .unwrap_or(180_000);
        tracks.push(Known {
            id: text(&track["id"])?,
            duration_ms,
        });
    }
    for (artist, credit) in credits {
        match api.describe(token, &artist, credit).await {
            // The artist was there before and is somebody else's.
            Err(Failure::Refused { status: 403, .. }) | Ok(()) => {}
            Err(failure) => return Err(failure),
        }
    }
    Ok(tracks)
}

fn text(value: &Value) -> Result<String, Failure> {
    let missing = || Failure::Unexpected {
        doing: "uploading music".to_owned(),
        missing: "id",
    };
    value.as_str().map(str::to_owned).ok_or_else(missing)
}
