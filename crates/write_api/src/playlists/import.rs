//! `POST /api/v1/playlists/import`: a playlist from a file, with a report of what was found in the catalogue.

use std::collections::HashMap;

use access::{Principal, SignedIn};
use actix_multipart::{Field, Multipart};
use actix_web::{
    HttpRequest, HttpResponse, post,
    web::{Data, Payload},
};
use domain::{
    Actor, AddedTracks, Candidate, Candidates, ListedTrack, MAX_DESCRIPTION, PlaylistFields, SoughtTrack, line, lines,
};
use events::{PlaylistId, TrackId};
use futures_util::TryStreamExt as _;
use http_kit::{CommandProblems, ConflictProblem, Error, Versioned};
use media::{PlaylistEntry, PlaylistFile, read_playlist};
use representations::Playlist;
use serde::{Deserialize, Serialize};
use store::{CommandContext, PlaylistView, Unit};
use utoipa::ToSchema;

use crate::{Commands, commands::CommandError, idempotency_key::OnceKey, once::Sent};

/// Largest file, in bytes.
const MAX_FILE: usize = 5 * 1024 * 1024;
const MAX_TITLE_BYTES: usize = 4 * 1024;
const MAX_TITLE: usize = 300;

/// The form of an import.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "the form is read part by part; this documents it")]
pub(crate) struct ImportPlaylist {
    /// M3U, M3U8, XSPF or JSPF, 5 MiB and 10,000 entries at most.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
    /// In place of the file's.
    #[schema(
        min_length = 1,
        max_length = 300,
        nullable = false,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$"
    )]
    title: Option<String>,
}

/// A new playlist, and what became of each entry of the file.
#[derive(Serialize, Deserialize, ToSchema)]
pub struct ImportedPlaylist {
    /// Private, with what was found in the order of the file.
    pub playlist: Playlist,
    /// Entries that were found.
    pub matched: Vec<MatchedEntry>,
    /// Entries that were not.
    pub missed: Vec<MissedEntry>,
}

/// An entry that was found.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct MatchedEntry {
    /// Its place in the file, from 1.
    pub line: usize,
    /// As the file has it.
    pub title: Option<String>,
    /// As the file has it.
    pub artist: Option<String>,
    /// What it is here.
    pub track: MatchedTrack,
    /// How surely, from 0 to 1: 1 by an id, 0.9 by title and artist, 0.8 by parts of them; 0.3 less if the lengths differ.
    #[schema(minimum = 0, maximum = 1, example = 0.9)]
    pub certainty: f64,
}

/// A track that an entry was found to be.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct MatchedTrack {
    /// The track.
    pub id: TrackId,
    /// Title as shown.
    pub title: String,
}

/// An entry that was not found.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct MissedEntry {
    /// Its place in the file, from 1.
    pub line: usize,
    /// As the file has it.
    pub title: Option<String>,
    /// As the file has it.
    pub artist: Option<String>,
    /// Why.
    pub reason: String,
}

struct Form {
    file: Vec<u8>,
    file_name: Option<String>,
    title: Option<String>,
}

/// Import a playlist
///
/// Entries are looked for by ids (ours, recordings of MusicBrainz, ISRC), then by title and artist.
#[utoipa::path(tag = "playlists", security(("bearer" = [])), params(OnceKey),
    request_body(content = ImportPlaylist, content_type = "multipart/form-data"),
    responses(CommandProblems, ConflictProblem, (status = 201, description = "the playlist and the report", body = ImportedPlaylist)))]
#[post("/api/v1/playlists/import")]
pub(crate) async fn import_playlist(
    SignedIn(by): SignedIn,
    body: Payload,
    request: HttpRequest,
    commands: Data<Commands>,
) -> Result<HttpResponse, Error> {
    http_kit::not_encoded(request.headers())?;
    let form = read(Multipart::new(request.headers(), body)).await?;
    let (form, file) = parse(form).await?;
    let sought: Vec<SoughtTrack> = file.entries.iter().map(sought).collect();
    let candidates: Candidates = commands.reader.candidates(&sought).await?.into_iter().collect();
    let report = Report::new(&file.entries, &sought, &candidates);
    let fields = fields(&form, &file);
    let context = commands.context(&request);
    commands
        .transact_once(form.sent(&request, &by), &context, async |unit| {
            let new = (commands.new_id(), fields.clone());
            let (version, imported) = create(unit, new, &report, by.actor(), &context).await?;
            Ok(Versioned::created(version, imported))
        })
        .await
}

fn fields(form: &Form, file: &PlaylistFile) -> PlaylistFields {
    let description = file.description.as_deref();
    PlaylistFields {
        // What could not be typed here is left out rather than refused: the tracks are what the file is for.
        description: description.and_then(|text| lines("description", text, MAX_DESCRIPTION).ok()),
        ..PlaylistFields::new(title(form, file))
    }
}

async fn create(
    unit: &mut Unit,
    (id, fields): (PlaylistId, PlaylistFields),
    report: &Report,
    by: Actor,
    context: &CommandContext,
) -> Result<(i64, ImportedPlaylist), CommandError> {
    let owned = unit.count_playlists_of(by.user_id).await?;
    let playlist = domain::Playlist::create(id, fields, by, owned, context.now)?;
    unit.create_playlist(&playlist).await?;
    let known = unit.listed_tracks(&report.tracks().track_ids).await?;
    let report = report.of_known(&known);
    let tracks = report.tracks();
    if !tracks.track_ids.is_empty() {
        let added = playlist.add(&tracks, &known, context.new_id, context.now)?;
        unit.add_items(&added, by.user_id).await?;
    }
    let created = unit.playlist_view(id).await?;
    Ok((created.playlist.version, report.with(created)))
}

impl Form {
    /// The boundary between its parts differs each time; what is in them does not.
    fn sent<'a>(&'a self, request: &'a HttpRequest, by: &'a Principal) -> Sent<'a> {
        let text = |text: &'a Option<String>| text.as_deref().unwrap_or_default().as_bytes();
        Sent::of_parts(
            request,
            by,
            vec![self.file.as_slice(), text(&self.file_name), text(&self.title)],
        )
    }
}

async fn read(mut parts: Multipart) -> Result<Form, Error> {
    let (mut file, mut file_name, mut title) = (None, None, None);
    while let Some(mut part) = parts.try_next().await.map_err(broken)? {
        match part.name().unwrap_or_default() {
            "file" if file.is_some() => return Err(Error::invalid("file", "must be one file")),
            "file" => {
                let disposition = part.content_disposition();
                file_name = disposition.and_then(|it| it.get_filename()).map(str::to_owned);
                file = Some(bytes(&mut part, MAX_FILE).await?);
            }
            "title" => {
                let text = bytes(&mut part, MAX_TITLE_BYTES).await?;
                title = Some(String::from_utf8(text).map_err(|_| Error::invalid("title", "must be UTF-8"))?);
            }
            unknown => return Err(http_kit::unknown_field(unknown, &["file", "title"])),
        }
    }
    let file = file.ok_or_else(|| Error::invalid("file", "is missing: send the playlist in this part"))?;
    Ok(Form { file, file_name, title })
}

async fn bytes(part: &mut Field, max: usize) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    while let Some(piece) = part.try_next().await.map_err(broken)? {
        if bytes.len() + piece.len() > max {
            return Err(Error::too_large(format!(
                "a playlist file has {MAX_FILE} bytes at most"
            )));
        }
        bytes.extend_from_slice(&piece);
    }
    Ok(bytes)
}

fn broken(error: actix_multipart::MultipartError) -> Error {
    use actix_multipart::MultipartError as E;
    match error {
        E::BoundaryMissing | E::ContentTypeIncompatible | E::ContentTypeMissing | E::ContentTypeParse => {
            Error::unsupported_type("multipart/form-data with a boundary")
        }
        error => Error::broken_body(format!("the form is not what multipart/form-data must be: {error}")),
    }
}

/// On the blocking pool: five megabytes take longer than other requests of this worker should wait.
async fn parse(form: Form) -> Result<(Form, PlaylistFile), Error> {
    let parsed = tokio::task::spawn_blocking(move || {
        let file = read_playlist(&form.file);
        (form, file)
    });
    let (form, file) = parsed.await.map_err(Error::defect)?;
    let file = file.map_err(|error| Error::invalid("file", error.to_string()))?;
    Ok((form, file))
}

fn sought(entry: &PlaylistEntry) -> SoughtTrack {
    let mut sought = SoughtTrack {
        title: entry.title.clone(),
        artist: entry.artist.clone(),
        album: entry.album.clone(),
        duration_ms: entry.duration_ms,
        ..SoughtTrack::default()
    };
    for identifier in entry.identifiers.iter().chain(&entry.locations) {
        sought.identify(identifier);
    }
    sought
}

/// What became of each entry.
struct Report {
    matched: Vec<MatchedEntry>,
    missed: Vec<MissedEntry>,
}

impl Report {
    fn new(entries: &[PlaylistEntry], sought: &[SoughtTrack], candidates: &Candidates) -> Self {
        let (mut matched, mut missed) = (Vec::new(), Vec::new());
        for ((line, entry), sought) in (1..).zip(entries).zip(sought) {
            let (title, artist) = (entry.title.clone(), entry.artist.clone());
            match candidates.find(sought) {
                Some((Candidate { id, title: found, .. }, certainty)) => matched.push(MatchedEntry {
                    line,
                    title,
                    artist,
                    track: MatchedTrack {
                        id: *id,
                        title: found.clone(),
                    },
                    certainty,
                }),
                None => missed.push(MissedEntry {
                    line,
                    reason: reason(entry).to_owned(),
                    title,
                    artist,
                }),
            }
        }
        Self { matched, missed }
    }

    /// Tracks that went since they were found are missed.
    fn of_known(&self, known: &HashMap<TrackId, ListedTrack>) -> Self {
        let is_there = |entry: &MatchedEntry| known.contains_key(&entry.track.id);
        let (matched, gone): (Vec<_>, Vec<_>) = self.matched.iter().cloned().partition(is_there);
        let mut missed = self.missed.clone();
        missed.extend(gone.into_iter().map(MatchedEntry::gone));
        missed.sort_by_key(|entry| entry.line);
        Self { matched, missed }
    }

    fn tracks(&self) -> AddedTracks {
        AddedTracks {
            track_ids: self.matched.iter().map(|entry| entry.track.id).collect(),
            position: None,
        }
    }

    fn with(self, created: PlaylistView) -> ImportedPlaylist {
        ImportedPlaylist {
            playlist: Playlist::new(created),
            matched: self.matched,
            missed: self.missed,
        }
    }
}

impl MatchedEntry {
    fn gone(self) -> MissedEntry {
        MissedEntry {
            line: self.line,
            title: self.title,
            artist: self.artist,
            reason: "the catalogue has no such track any more".to_owned(),
        }
    }
}

fn reason(entry: &PlaylistEntry) -> &'static str {
    match (&entry.title, &entry.artist) {
        (Some(_), Some(_)) => "the catalogue has no such track of this artist",
        (Some(_), None) => "the file names no artist, and no id that is known here",
        (None, _) => "the file names no title, and no id that is known here",
    }
}

/// The form's, the file's, or the file's name without its ending.
fn title(form: &Form, file: &PlaylistFile) -> String {
    if let Some(title) = &form.title {
        return title.clone();
    }
    let stem = form
        .file_name
        .as_deref()
        .map(|name| name.rsplit_once('.').map_or(name, |(stem, _)| stem));
    let likely = [file.title.as_deref(), stem];
    let fits = |text: &str| {
        let short: String = text.chars().take(MAX_TITLE).collect();
        line("title", &short, MAX_TITLE).ok()
    };
    likely
        .into_iter()
        .flatten()
        .find_map(fits)
        .unwrap_or_else(|| "Imported playlist".to_owned())
}
