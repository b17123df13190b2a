//! What a track becomes: the form's fields first, then the tags, then what is left.

use chrono::NaiveDate;
use domain::{
    AlbumFields, ArtistFields, BilledArtist, TrackFields, VARIOUS_ARTISTS, VARIOUS_ARTISTS_MBID, billing, genre,
    is_various_artists, line,
};
use events::{AlbumId, AlbumType, ArtistId, CreditRole, ExternalIds};
use http_kit::Error;
use media::{Parsed, Tags};
use store::{Reference, UploadedAlbum, UploadedCredit, UploadedParents};
use uuid::Uuid;

use super::{form::Details, ingest::duration_ms};

/// A track about to be: its own fields, valid but for the credits, and where it belongs.
pub(super) struct Plan {
    pub(super) fields: TrackFields,
    pub(super) parents: UploadedParents,
}

/// Settles everything that can be settled without writing; `own` is the profile of the account.
pub(super) fn plan(details: &Details, parsed: &Parsed, own: Option<ArtistId>) -> Result<Plan, Error> {
    plan_of_tags(details, &parsed.tags, duration_ms(parsed), own)
}

/// As [`plan`], where nothing else of the file is kept.
pub(super) fn plan_of_tags(
    details: &Details,
    tags: &Tags,
    duration_ms: Option<i64>,
    own: Option<ArtistId>,
) -> Result<Plan, Error> {
    let fields = TrackFields {
        duration_ms,
        track_number: number(details, ("track_number", domain::MAX_TRACK_NUMBER), tags.track_number)?,
        disc_number: number(details, ("disc_number", domain::MAX_DISC_NUMBER), tags.disc_number)?,
        genres: genres(details, tags),
        explicit: details.parsed("explicit", "true or false")?.unwrap_or(false),
        external_ids: ids([
            ("mbid", tags.musicbrainz.recording.map(|id| id.to_string())),
            ("isrc", tags.isrc.clone()),
        ]),
        ..TrackFields::titled(title(details, tags)?, Vec::new())
    };
    let credits = credits(details, tags, own)?;
    Ok(Plan {
        fields: fields.checked_without_credits()?,
        parents: UploadedParents {
            album: album(details, tags, &credits)?,
            credits,
            cover_key: None,
        },
    })
}

fn title(details: &Details, tags: &Tags) -> Result<String, Error> {
    let stem = details
        .file_name
        .as_deref()
        .map(|name| name.rsplit_once('.').map_or(name, |(stem, _)| stem));
    let stem = stem.and_then(|stem| line("title", stem, 300).ok());
    let title = details.text("title").map(str::to_owned);
    let title = title.or_else(|| visible(tags.title.as_deref())).or(stem);
    title.ok_or_else(|| Error::invalid("title", "is neither in the form nor in the file's tags"))
}

/// A text of the tags, unless nothing of it can be seen.
fn visible(text: Option<&str>) -> Option<String> {
    text.and_then(|text| line("title", text, 300).ok())
}

fn number(details: &Details, (field, max): (&str, i16), tag: Option<u32>) -> Result<Option<i16>, Error> {
    // A tag out of bounds is ignored, a field of the form out of bounds is refused.
    let tag = tag
        .and_then(|n| i16::try_from(n).ok())
        .filter(|n| (1..=max).contains(n));
    Ok(details
        .parsed(field, &format!("a whole number from 1 to {max}"))?
        .or(tag))
}

fn genres(details: &Details, tags: &Tags) -> Vec<String> {
    let sent = details.texts.iter().filter(|(name, _)| name == "genres");
    let sent: Vec<String> = sent.map(|(_, text)| text.clone()).collect();
    if !sent.is_empty() {
        return sent;
    }
    tags.genres
        .iter()
        .filter_map(|text| genre("genres", text).ok())
        .collect()
}

/// The artist of the form alone; else everybody whom the tags bill; else the profile of the account. Guests that only the
/// title names do not take the place of an artist.
fn credits(details: &Details, tags: &Tags, own: Option<ArtistId>) -> Result<Vec<UploadedCredit>, Error> {
    let guests = |artists: Vec<BilledArtist>| artists.into_iter().filter(|artist| artist.role != CreditRole::Main);
    if let Some(id) = details.parsed::<Uuid>("artist_id", "the id of an artist, which is a UUID")? {
        return Ok(vec![main(ArtistId(id))]);
    }
    let artist = visible(tags.artist.as_deref()).or_else(|| visible(tags.album_artist.as_deref()));
    let billed = billing(artist.as_deref(), &tags.artists, tags.title.as_deref());
    if billed.iter().any(|artist| artist.role == CreditRole::Main) {
        return named(billed, &tags.artists, &tags.musicbrainz.artists);
    }
    let nobody = "is missing: the file's tags name no artist, and your account has no artist profile";
    let own = own.ok_or_else(|| Error::invalid("artist_id", nobody))?;
    let mut credits = vec![main(own)];
    credits.extend(named(guests(billed).collect(), &[], &[])?);
    Ok(credits)
}

fn main(artist: ArtistId) -> UploadedCredit {
    UploadedCredit {
        artist: Reference::Id(artist),
        role: CreditRole::Main,
        credited_as: None,
        join_phrase: None,
    }
}

/// The credits of whom the tags bill. `names` is the multi-value tag, `mbids` their ids at MusicBrainz.
fn named(billed: Vec<BilledArtist>, names: &[String], mbids: &[Uuid]) -> Result<Vec<UploadedCredit>, Error> {
    let count = billed.len();
    // Ids belong to names by their place, so they are taken only where there are as many. Without a list the names are
    // those of the text, in its order.
    let mbid = |at: usize, name: &str| {
        let place = if names.is_empty() {
            Some(at)
        } else {
            names.iter().position(|listed| listed == name)
        };
        let as_many = if names.is_empty() { count } else { names.len() };
        place
            .filter(|_| as_many == mbids.len())
            .and_then(|place| mbids.get(place))
    };
    let credit = |(at, artist): (usize, BilledArtist)| {
        let fields = ArtistFields {
            external_ids: ids([("mbid", mbid(at, &artist.name).map(ToString::to_string))]),
            ..ArtistFields::named(artist.name)
        };
        Ok(UploadedCredit {
            artist: Reference::Named(fields.checked()?),
            role: artist.role,
            credited_as: artist.credited_as,
            join_phrase: artist.join_phrase,
        })
    };
    billed.into_iter().enumerate().map(credit).collect()
}

/// Whose album a compilation is, under whatever name a file has for that.
pub(super) fn various_artists() -> Result<UploadedCredit, Error> {
    let fields = ArtistFields {
        external_ids: ids([("mbid", Some(VARIOUS_ARTISTS_MBID.to_owned()))]),
        ..ArtistFields::named(VARIOUS_ARTISTS)
    };
    Ok(UploadedCredit {
        artist: Reference::Named(fields.checked()?),
        role: CreditRole::Main,
        credited_as: None,
        join_phrase: None,
    })
}

/// The album of the form, or the one that the tags name. Its artists are those of the album's tags; without such tags, and
/// where the form names the artist, the track's. A compilation without such tags is by various artists.
fn album(
    details: &Details,
    tags: &Tags,
    of_track: &[UploadedCredit],
) -> Result<Option<Reference<AlbumId, UploadedAlbum>>, Error> {
    if let Some(id) = details.parsed::<Uuid>("album_id", "the id of an album, which is a UUID")? {
        return Ok(Some(Reference::Id(AlbumId(id))));
    }
    let Some(title) = visible(tags.album.as_deref()) else {
        return Ok(None);
    };
    let billed = billing(tags.album_artist.as_deref(), &tags.album_artists, None);
    let is_various = tags.album_artist.as_deref().is_some_and(is_various_artists);
    let by_tags = of_track
        .first()
        .is_some_and(|credit| matches!(credit.artist, Reference::Named(_)));
    let has_main = billed.iter().any(|artist| artist.role == CreditRole::Main);
    let credits = if is_various || (tags.compilation && !has_main) {
        vec![various_artists()?]
    } else if !has_main || !by_tags {
        let mains = of_track.iter().filter(|credit| credit.role == CreditRole::Main);
        mains.cloned().collect()
    } else {
        named(billed, &tags.album_artists, &tags.musicbrainz.release_artists)?
    };
    let fields = AlbumFields {
        album_type: if is_various || tags.compilation {
            AlbumType::Compilation
        } else {
            AlbumType::Album
        },
        release_date: tags.date.as_deref().and_then(release_date),
        external_ids: ids([("mbid", tags.musicbrainz.release.map(|id| id.to_string()))]),
        ..AlbumFields::titled(title, Vec::new())
    };
    Ok(Some(Reference::Named(UploadedAlbum {
        fields: fields.checked_without_credits()?,
        credits,
    })))
}

/// A year alone is its first day: most files know no more, and lists by year stay right.
fn release_date(date: &str) -> Option<NaiveDate> {
    match date.len() {
        4 => NaiveDate::from_ymd_opt(date.parse().ok()?, 1, 1),
        _ => date.parse().ok(),
    }
}

fn ids<const N: usize>(known: [(&str, Option<String>); N]) -> ExternalIds {
    let known = known.into_iter();
    known
        .filter_map(|(scheme, id)| Some((scheme.to_owned(), id?)))
        .collect()
}
