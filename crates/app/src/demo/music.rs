//! The demo's music: where it comes from, who made it, and its upload.

use std::{collections::BTreeMap, path::PathBuf};

use futures_util::{StreamExt as _, stream};
use serde_json::Value;

use super::{
    DemoError,
    api::Api,
    debian,
    progress::{self, Progress},
    tones,
};

const AT_ONCE: usize = 3;

/// One file to upload.
pub(super) struct Piece {
    /// The audio, with its tags.
    pub(super) sound: Sound,
    /// Biography of its artist: author, licence and source.
    pub(super) credit: &'static str,
}

pub(super) enum Sound {
    File(PathBuf),
    /// A file name and its content.
    Generated(String, Vec<u8>),
}

/// A track of the catalogue, as the history needs it.
#[derive(Clone)]
pub(super) struct DemoTrack {
    pub(super) id: String,
    pub(super) duration_ms: i64,
}

impl Piece {
    pub(super) fn name(&self) -> String {
        match &self.sound {
            Sound::File(path) => path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            Sound::Generated(name, _) => name.clone(),
        }
    }
}

/// The music of the Debian packages; short tones where there is no apt.
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
            Err(reason) => progress::line(&format!("  cannot fetch {}: {reason}", package.name)),
        }
    }
    if pieces.is_empty() {
        progress::line("  no music from Debian, generating short tones instead");
        pieces = tones::pieces();
    }
    pieces
}

/// Uploads everything and sets the artists' biographies. Returns the tracks in the order of the pieces.
pub(super) async fn upload(api: &Api, token: &str, pieces: &[Piece]) -> Result<Vec<DemoTrack>, DemoError> {
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
        tracks.push(DemoTrack {
            id: text(&track["id"])?,
            duration_ms,
        });
    }
    for (artist, credit) in credits {
        match api.describe(token, &artist, credit).await {
            // The artist existed before and belongs to somebody else.
            Err(DemoError::Refused { status: 403, .. }) | Ok(()) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(tracks)
}

fn text(value: &Value) -> Result<String, DemoError> {
    let missing = || DemoError::Unexpected {
        doing: "uploading music".to_owned(),
        missing: "id",
    };
    value.as_str().map(str::to_owned).ok_or_else(missing)
}
