//! What a track becomes: the form's fields first, then the tags, then what is left.

use chrono::NaiveDate;
use domain::{AlbumFields, ArtistFields, TrackFields, line, name_key};
use events::{AlbumId, AlbumType, ArtistId, ExternalIds};
use http_kit::{Error, Principal};
use media::{Parsed, Tags};
use store::{Credit, Credits, Reader};
use uuid::Uuid;

use super::form::Form;

/// A track about to be: its own fields (ids of its parents not settled yet), and where it belongs.
pub(super) struct Wanted {
    pub(super) fields: TrackFields,
    pub(super) credits: Credits,
}

/// Settles everything that can be settled without writing.
pub(super) async fn wanted(form: &Form, parsed: &Parsed, by: &Principal, reader: &Reader) -> Result<Wanted, Error> {
    let tags = &parsed.tags;
    let fields = TrackFields {
        title: title(form, tags)?,
        // Replaced once the credits are resolved.
        artist_id: ArtistId(Uuid::nil()),
        album_id: None,
        duration_ms: parsed
            .properties
            .duration_ms
            .and_then(|ms| i64::try_from(ms).ok())
            .filter(|ms| *ms > 0),
        track_number: number(form, "track_number", tags.track_number)?,
        disc_number: number(form, "disc_number", tags.disc_number)?,
        genres: genres(form, tags),
        explicit: form.parsed("explicit", "true or false")?.unwrap_or(false),
        external_ids: ids([
            ("mbid", tags.musicbrainz.recording.map(|id| id.to_string())),
            ("isrc", tags.isrc.clone()),
        ]),
    };
    let fields = fields.checked()?;
    let artist = artist(form, tags, by, reader).await?;
    let album = album(form, tags, &artist)?;
    Ok(Wanted {
        fields,
        credits: Credits {
            artist,
            album,
            cover_key: None,
        },
    })
}

fn title(form: &Form, tags: &Tags) -> Result<String, Error> {
    let stem = form
        .file_name
        .as_deref()
        .map(|name| name.rsplit_once('.').map_or(name, |(stem, _)| stem));
    let stem = stem.and_then(|stem| line("title", stem, 300).ok());
    let title = form
        .text("title")
        .map(str::to_owned)
        .or_else(|| tags.title.clone())
        .or(stem);
    title.ok_or_else(|| Error::invalid("title", "is neither in the form nor in the file's tags"))
}

fn number(form: &Form, field: &str, tag: Option<u32>) -> Result<Option<i16>, Error> {
    // A tag out of bounds is dirt, a field of the form out of bounds is refused.
    let tag = tag
        .and_then(|n| i16::try_from(n).ok())
        .filter(|n| (1..=999).contains(n));
    Ok(form.parsed(field, "a whole number")?.or(tag))
}

fn genres(form: &Form, tags: &Tags) -> Vec<String> {
    let sent: Vec<String> = form
        .texts
        .iter()
        .filter(|(name, _)| name == "genres")
        .map(|(_, text)| text.clone())
        .collect();
    if sent.is_empty() {
        tags.genres
            .iter()
            .filter(|genre| genre.chars().count() <= 60)
            .cloned()
            .collect()
    } else {
        sent
    }
}

async fn artist(
    form: &Form,
    tags: &Tags,
    by: &Principal,
    reader: &Reader,
) -> Result<Credit<ArtistId, ArtistFields>, Error> {
    if let Some(id) = form.parsed::<Uuid>("artist_id", "the id of an artist")? {
        return Ok(Credit::Id(ArtistId(id)));
    }
    if let Some(name) = tags.artist.as_ref().or(tags.album_artist.as_ref()) {
        return named_artist(name, tags.musicbrainz.artist).map(Credit::Named);
    }
    let own = reader.artist_of_user(by.user_id).await?;
    let nobody = "is missing: the file's tags name no artist, and your account has no artist profile";
    own.map(Credit::Id).ok_or_else(|| Error::invalid("artist_id", nobody))
}

fn named_artist(name: &str, mbid: Option<Uuid>) -> Result<ArtistFields, Error> {
    let external_ids = ids([("mbid", mbid.map(|id| id.to_string()))]);
    Ok(ArtistFields {
        name: name.to_owned(),
        external_ids,
        ..ArtistFields::default()
    }
    .checked()?)
}

type AlbumCredit = Credit<AlbumId, (Option<ArtistFields>, AlbumFields)>;

fn album(form: &Form, tags: &Tags, artist: &Credit<ArtistId, ArtistFields>) -> Result<Option<AlbumCredit>, Error> {
    if let Some(id) = form.parsed::<Uuid>("album_id", "the id of an album")? {
        return Ok(Some(Credit::Id(AlbumId(id))));
    }
    let Some(title) = tags.album.clone() else {
        return Ok(None);
    };
    let of_another = match (&tags.album_artist, artist) {
        (Some(name), Credit::Named(artist)) if name_key(name) != name_key(&artist.name) => Some(name),
        _ => None,
    };
    let of_another = of_another
        .map(|name| named_artist(name, tags.musicbrainz.release_artist))
        .transpose()?;
    let fields = AlbumFields {
        title,
        // Replaced once the artist is resolved.
        artist_id: ArtistId(Uuid::nil()),
        album_type: AlbumType::Album,
        release_date: tags.date.as_deref().and_then(release_date),
        genres: Vec::new(),
        external_ids: ids([("mbid", tags.musicbrainz.release.map(|id| id.to_string()))]),
    };
    Ok(Some(Credit::Named((of_another, fields.checked()?))))
}

/// A year alone is its first day: most files know no more, and lists by year stay right.
fn release_date(date: &str) -> Option<NaiveDate> {
    match date.len() {
        4 => NaiveDate::from_ymd_opt(date.parse().ok()?, 1, 1),
        _ => date.parse().ok(),
    }
}

fn ids<const N: usize>(known: [(&str, Option<String>); N]) -> ExternalIds {
    known
        .into_iter()
        .filter_map(|(scheme, id)| Some((scheme.to_owned(), id?)))
        .collect()
}
