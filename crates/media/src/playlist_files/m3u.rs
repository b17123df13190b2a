//! M3U and M3U8: a line for each address, with `#EXTINF:seconds,artist - title` before it.

use std::fmt::Write as _;

use super::{MAX_ENTRIES, PlaylistEntry, PlaylistFile, text};

pub(super) fn read(file: &str) -> PlaylistFile {
    let mut read = PlaylistFile::default();
    // Of an `#EXTINF` whose address did not come yet.
    let mut pending: Option<PlaylistEntry> = None;
    for line in file.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if read.entries.len() > MAX_ENTRIES {
            break;
        }
        if let Some(info) = line.strip_prefix("#EXTINF:") {
            read.entries.extend(pending.replace(described(info)));
        } else if let Some(title) = line.strip_prefix("#PLAYLIST:") {
            read.title = text(title);
        } else if let Some(album) = line.strip_prefix("#EXTALB:") {
            pending.get_or_insert_default().album = text(album);
        } else if !line.starts_with('#') {
            let mut entry = pending.take().unwrap_or_default();
            if entry.title.is_none() {
                (entry.artist, entry.title) = named(stem(line));
            }
            entry.locations.push(line.to_owned());
            read.entries.push(entry);
        }
    }
    read.entries.extend(pending);
    read
}

/// `seconds attributes,artist - title`.
fn described(info: &str) -> PlaylistEntry {
    let (length, name) = info.split_once(',').unwrap_or((info, ""));
    let seconds = length
        .split_whitespace()
        .next()
        .and_then(|seconds| seconds.parse::<f64>().ok());
    let seconds = seconds.filter(|seconds| *seconds > 0.0 && *seconds < 1e7);
    let (artist, title) = named(name);
    PlaylistEntry {
        title,
        artist,
        #[expect(clippy::cast_possible_truncation, reason = "bounded above")]
        duration_ms: seconds.map(|seconds| (seconds * 1_000.0).round() as i64),
        ..PlaylistEntry::default()
    }
}

/// `artist - title`, or a title alone.
fn named(name: &str) -> (Option<String>, Option<String>) {
    match name.split_once(" - ") {
        Some((artist, title)) => (text(artist), text(title)),
        None => (None, text(name)),
    }
}

/// The name of a file without its folders and its ending.
fn stem(location: &str) -> &str {
    let name = location.rsplit(['/', '\\']).next().unwrap_or(location);
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}

pub(super) fn write(file: &PlaylistFile) -> String {
    let mut out = String::from("#EXTM3U\n");
    if let Some(title) = &file.title {
        let _ = writeln!(out, "#PLAYLIST:{}", line(title));
    }
    for entry in &file.entries {
        let seconds = entry.duration_ms.map_or(-1, |ms| (ms + 500) / 1_000);
        let title = line(entry.title.as_deref().unwrap_or_default());
        let _ = match &entry.artist {
            Some(artist) => writeln!(out, "#EXTINF:{seconds},{} - {title}", line(artist)),
            None => writeln!(out, "#EXTINF:{seconds},{title}"),
        };
        if let Some(album) = &entry.album {
            let _ = writeln!(out, "#EXTALB:{}", line(album));
        }
        if let Some(location) = entry.locations.first() {
            let _ = writeln!(out, "{}", line(location));
        }
    }
    out
}

/// A text that stays on its line.
fn line(text: &str) -> String {
    text.replace(['\n', '\r'], " ")
}
