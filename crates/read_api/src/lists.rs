//! Lists without words: in the order of an index from Postgres, or by plays from the counters.

use http_kit::{Error, Page, Paging};
use read_counters::CountersUnavailable;
use store::{Listing, PageStart, Place};
use uuid::Uuid;

use crate::{catalogue_item::CatalogueItem, viewer::Viewer};

/// Ids of which plays are asked at a time.
const CHUNK: u16 = 1_000;
/// Such chunks of one page: the offset is at most 10,000, and of so many more the plays may be known.
const MAX_CHUNKS: usize = 30;

/// A page of a listing.
pub(crate) async fn page<S: CatalogueItem>(
    viewer: &Viewer,
    listing: Listing,
    paging: &Paging,
) -> Result<Page<S>, Error> {
    let start = match &paging.cursor {
        Some(cursor) => PageStart::After(place(listing, cursor).ok_or_else(bad_cursor)?),
        None => PageStart::Offset(paging.offset.into()),
    };
    // One more shows whether there is a next page.
    let wanted = i64::from(paging.limit) + 1;
    let places = viewer.read(async |reader, _| reader.places(listing, start, wanted).await);
    let mut places = places.await?;
    let is_more = places.len() > paging.limit as usize;
    places.truncate(paging.limit as usize);
    let next_cursor = places.last().filter(|_| is_more).map(|place| cursor(listing, *place));
    let ids: Vec<Uuid> = places.iter().map(|place| place.id).collect();
    shown(viewer, listing, paging, &ids, next_cursor).await
}

/// A page in the order of all-time plays. What was never played follows by id.
pub(crate) async fn by_plays<S: CatalogueItem>(viewer: &Viewer, paging: &Paging) -> Result<Page<S>, Error> {
    let limit = paging.limit as usize;
    let start = match &paging.cursor {
        Some(cursor) => PlaysStart::parse(cursor).ok_or_else(bad_cursor)?,
        None => PlaysStart::Rank(paging.offset as usize),
    };
    let mut found = played::<S>(viewer, start, limit + 1).await?;
    let next_cursor = if found.ids.len() > limit {
        found.ids.truncate(limit);
        match start {
            PlaysStart::Rank(rank) if found.played >= limit => Some(format!("p{}", rank + limit)),
            _ => found.ids.last().map(|id| format!("u{}", id.simple())),
        }
    } else {
        found.looked_until.map(|id| format!("u{}", id.simple()))
    };
    shown(viewer, Listing::ById(S::KIND), paging, &found.ids, next_cursor).await
}

async fn shown<S: CatalogueItem>(
    viewer: &Viewer,
    listing: Listing,
    paging: &Paging,
    ids: &[Uuid],
    next_cursor: Option<String>,
) -> Result<Page<S>, Error> {
    let totals = &viewer.queries.totals;
    let items = viewer.by_ids::<S>(ids).await?;
    // Fewer: some are deleted, and a job still removes them.
    let upto = u64::from(paging.offset) + items.len() as u64;
    let is_end = paging.cursor.is_none() && next_cursor.is_none() && (!ids.is_empty() || paging.offset == 0);
    let is_whole = items.len() == ids.len();
    let total = if is_end && is_whole {
        upto
    } else {
        let counted = viewer.read(async |reader, _| totals.of(reader, listing).await).await?;
        // What was counted may be a second old, and the page is from now.
        counted.max(upto + u64::from(next_cursor.is_some() && is_whole))
    };
    Ok(Page {
        items,
        total,
        limit: paging.limit,
        offset: paging.offset,
        next_cursor,
    })
}

fn bad_cursor() -> Error {
    Error::invalid("cursor", "must be the next_cursor of the same list")
}

/// A letter for each order, so that a cursor of another one is refused.
fn letter(listing: Listing) -> char {
    match listing {
        Listing::Newest(_) | Listing::TracksOn(_) => 'c',
        Listing::ById(_) => 'i',
        Listing::AlbumsByRelease => 'r',
        Listing::TracksByDuration => 'd',
        Listing::AlbumsOf(_) | Listing::TracksOf(_) => 'a',
        Listing::ArtistsFrom(_) => 'n',
        Listing::AlbumsOfType(_) => 't',
        Listing::AlbumsOfYear(_) => 'y',
    }
}

fn cursor(listing: Listing, place: Place) -> String {
    format!("{}{}.{}", letter(listing), place.key, place.id.simple())
}

fn place(listing: Listing, cursor: &str) -> Option<Place> {
    let (key, id) = cursor.strip_prefix(letter(listing))?.split_once('.')?;
    let key: i64 = key.parse().ok()?;
    // The widest that each order's column takes: days, and microseconds up to the year 9999.
    let bound = match listing {
        Listing::AlbumsByRelease => i64::from(i32::MIN)..=i64::from(i32::MAX),
        Listing::Newest(_)
        | Listing::TracksOn(_)
        | Listing::ArtistsFrom(_)
        | Listing::AlbumsOfType(_)
        | Listing::AlbumsOfYear(_) => -62_135_596_800_000_000..=253_402_300_799_999_999,
        _ => i64::MIN..=i64::MAX,
    };
    Some(Place {
        key: Some(key).filter(|key| bound.contains(key))?,
        id: Uuid::try_parse(id).ok()?,
    })
}

/// Where a page by plays begins.
#[derive(Clone, Copy)]
enum PlaysStart {
    /// After so many of the most played.
    Rank(usize),
    /// Among what was never played, after this id.
    Unplayed(Uuid),
}

impl PlaysStart {
    fn parse(cursor: &str) -> Option<Self> {
        if let Some(rank) = cursor.strip_prefix('p') {
            let rank: u32 = rank.parse().ok()?;
            return Some(Self::Rank(rank as usize));
        }
        let id = cursor.strip_prefix('u')?;
        Some(Self::Unplayed(Uuid::try_parse(id).ok()?))
    }
}

#[derive(Default)]
struct FoundByPlays {
    ids: Vec<Uuid>,
    /// So many of them were played; they come first.
    played: usize,
    /// Where the look for unplayed ones was given up for this page.
    looked_until: Option<Uuid>,
}

async fn played<S: CatalogueItem>(viewer: &Viewer, start: PlaysStart, wanted: usize) -> Result<FoundByPlays, Error> {
    let counters = &viewer.queries.counters;
    let mut found = FoundByPlays::default();
    let (mut after, mut skip) = match start {
        PlaysStart::Unplayed(id) => (Some(id), 0),
        PlaysStart::Rank(rank) => {
            found.ids = counters.ranked(S::KIND, rank, wanted).await.map_err(no_plays)?;
            found.played = found.ids.len();
            // Past the last of the played ones, the rest of the offset is of the others.
            let passed = if found.ids.is_empty() {
                counters.count_played(S::KIND).await.map_err(no_plays)?
            } else {
                rank
            };
            (None, rank.saturating_sub(passed))
        }
    };
    for _ in 0..MAX_CHUNKS {
        if found.ids.len() == wanted {
            return Ok(found);
        }
        let start = match after {
            Some(id) => PageStart::After(Place { key: 0, id }),
            None => PageStart::Offset(0),
        };
        let listing = Listing::ById(S::KIND);
        let places = viewer.read(async |reader, _| reader.places(listing, start, CHUNK.into()).await);
        let places = places.await?;
        let ids: Vec<Uuid> = places.iter().map(|place| place.id).collect();
        let plays = counters.plays(S::KIND, &ids).await.map_err(no_plays)?;
        let unplayed = ids
            .iter()
            .zip(plays)
            .filter(|(_, plays)| *plays == 0)
            .map(|(id, _)| *id);
        let unplayed: Vec<Uuid> = unplayed.collect();
        let skipped = skip.min(unplayed.len());
        skip -= skipped;
        let room = wanted - found.ids.len();
        found.ids.extend(unplayed.into_iter().skip(skipped).take(room));
        if ids.len() < usize::from(CHUNK) {
            return Ok(found);
        }
        after = ids.last().copied();
    }
    found.looked_until = after.filter(|_| found.ids.len() < wanted);
    Ok(found)
}

fn no_plays(unavailable: CountersUnavailable) -> Error {
    Error::unavailable("the order by plays", unavailable)
}
