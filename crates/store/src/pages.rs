//! Lists whose order an index has: ids and places from the index alone, then the rows of those ids. A page in the middle
//! costs what the first one costs when it goes on from a place, and only steps in the index when it skips.

use diesel::{
    pg::Pg,
    prelude::*,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    sql_types::{BigInt, Integer, Text, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use events::{AlbumId, AlbumType, ArtistId, Kind};
use uuid::Uuid;

use crate::{Reader, StoreError, moderation};

/// Which things, and in which order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Listing {
    /// All of a kind, newest in the catalogue first.
    Newest(Kind),
    /// All of a kind, by id.
    ById(Kind),
    /// All albums, newest release first, unknown ones last.
    AlbumsByRelease,
    /// All tracks, shortest first, unknown ones last.
    TracksByDuration,
    /// The albums on which an artist is main or featured, newest first.
    AlbumsOf(ArtistId),
    /// The tracks on which an artist is main or featured, newest first.
    TracksOf(ArtistId),
    /// The tracks of an album, newest in the catalogue first.
    TracksOn(AlbumId),
    /// The artists of a country, newest first.
    ArtistsFrom(Country),
    /// The albums of a kind, newest in the catalogue first.
    AlbumsOfType(AlbumType),
    /// The albums released in a year, newest in the catalogue first.
    AlbumsOfYear(i32),
}

/// ISO 3166-1 alpha-2, upper case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Country([u8; 2]);

impl Country {
    /// None for anything but two letters.
    #[must_use]
    pub fn new(code: &str) -> Option<Self> {
        let letters: [u8; 2] = code.as_bytes().try_into().ok()?;
        letters.iter().all(u8::is_ascii_uppercase).then_some(Self(letters))
    }

    fn text(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

/// What a listing's filter is compared with.
enum Bound<'a> {
    Id(&'a Uuid),
    Text(&'a str),
    Number(&'a i32),
}

/// Where an id stands in a listing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// What it is ordered by, as a number; 0 where the id alone says.
    pub key: i64,
    pub id: Uuid,
}

/// Where a page begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PageStart {
    /// After so many.
    Offset(i64),
    /// After this place.
    After(Place),
}

/// How a listing is read; `order` is what it is ordered by before the id.
struct Index {
    table: &'static str,
    id: &'static str,
    order: Option<Order>,
    descends: bool,
    /// What stands before and after what is bound. A deleted parent has nothing.
    filter: Option<[&'static str; 2]>,
}

struct Order {
    by: &'static str,
    column: &'static str,
    /// The column as a number.
    key: &'static str,
    /// What stands before and after a bound key, so that it is compared with `by`.
    bound: [&'static str; 2],
}

/// As in the indexes of `…_catalogue_lists`: an index is taken only for the very same expression.
const CREATED: Order = Order {
    by: "created_at",
    column: "created_at",
    key: "(extract(epoch FROM created_at) * 1000000)::bigint",
    bound: ["'epoch'::timestamptz + ", " * interval '1 microsecond'"],
};
const RELEASED: Order = Order {
    by: "coalesce(release_date - DATE '1970-01-01', -2147483648)",
    column: "release_date",
    key: "coalesce(release_date - DATE '1970-01-01', -2147483648)::bigint",
    bound: ["", "::integer"],
};
const DURATION: Order = Order {
    by: "coalesce(duration_ms, 9223372036854775807)",
    column: "duration_ms",
    key: "coalesce(duration_ms, 9223372036854775807)",
    bound: ["", ""],
};

impl Listing {
    /// What it lists.
    #[must_use]
    pub fn kind(self) -> Kind {
        match self {
            Self::Newest(kind) | Self::ById(kind) => kind,
            Self::ArtistsFrom(_) => Kind::Artist,
            Self::AlbumsByRelease | Self::AlbumsOf(_) | Self::AlbumsOfType(_) | Self::AlbumsOfYear(_) => Kind::Album,
            Self::TracksByDuration | Self::TracksOf(_) | Self::TracksOn(_) => Kind::Track,
        }
    }

    fn index(self) -> Index {
        let all = |kind: Kind, order: Option<Order>, descends: bool| Index {
            table: match kind {
                Kind::Artist => "artists",
                Kind::Album => "albums",
                Kind::Track => "tracks",
            },
            id: "id",
            order,
            descends,
            filter: None,
        };
        let of = |table, id| Index {
            table,
            id,
            order: None,
            descends: true,
            // Spelt out, so that Postgres takes the partial index of these roles.
            filter: Some([
                "role IN ('main', 'featured') AND artist_id = (SELECT id FROM artists WHERE deleted_at IS NULL AND id = ",
                ")",
            ]),
        };
        let newest = |kind, filter| Index {
            filter: Some(filter),
            ..all(kind, Some(CREATED), true)
        };
        match self {
            Self::Newest(kind) => all(kind, Some(CREATED), true),
            Self::ArtistsFrom(_) => newest(Kind::Artist, ["country = ", ""]),
            Self::AlbumsOfType(_) => newest(Kind::Album, ["album_type = ", ""]),
            Self::AlbumsOfYear(_) => newest(Kind::Album, ["extract(year FROM release_date)::integer = ", ""]),
            Self::ById(kind) => all(kind, None, false),
            Self::AlbumsByRelease => all(Kind::Album, Some(RELEASED), true),
            Self::TracksByDuration => all(Kind::Track, Some(DURATION), false),
            Self::AlbumsOf(_) => of("album_credits", "album_id"),
            Self::TracksOf(_) => of("track_credits", "track_id"),
            Self::TracksOn(_) => Index {
                filter: Some([
                    "album_id = (SELECT albums.id FROM albums JOIN artists ON artists.id = albums.artist_id \
                     WHERE albums.deleted_at IS NULL AND artists.deleted_at IS NULL AND albums.id = ",
                    ")",
                ]),
                ..all(Kind::Track, Some(CREATED), true)
            },
        }
    }

    fn bound(&self) -> Option<Bound<'_>> {
        match self {
            Self::AlbumsOf(artist) | Self::TracksOf(artist) => Some(Bound::Id(&artist.0)),
            Self::TracksOn(album) => Some(Bound::Id(&album.0)),
            Self::ArtistsFrom(country) => Some(Bound::Text(country.text())),
            Self::AlbumsOfType(kind) => Some(Bound::Text(kind.name())),
            Self::AlbumsOfYear(year) => Some(Bound::Number(year)),
            Self::Newest(_) | Self::ById(_) | Self::AlbumsByRelease | Self::TracksByDuration => None,
        }
    }
}

/// `SELECT id, key …`. Its text decides which prepared statement it is.
struct PlacesQuery {
    listing: Listing,
    start: PageStart,
    limit: i64,
}

/// `SELECT count(*) …` of a listing.
struct CountQuery(Listing);

impl QueryId for PlacesQuery {
    type QueryId = ();
    // The text depends on values and not on the type alone, by which diesel would keep one statement for all listings.
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl QueryId for CountQuery {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl Query for PlacesQuery {
    type SqlType = (SqlUuid, BigInt);
}

impl Query for CountQuery {
    type SqlType = BigInt;
}

/// That a row stands after the place.
fn after<'b>(index: &Index, place: &'b Place, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
    let sign = if index.descends { " < " } else { " > " };
    let Some(order) = &index.order else {
        out.push_sql(index.id);
        out.push_sql(sign);
        return out.push_bind_param::<SqlUuid, _>(&place.id);
    };
    for part in ["(", order.by, ", ", index.id, ")", sign, "(", order.bound[0]] {
        out.push_sql(part);
    }
    out.push_bind_param::<BigInt, _>(&place.key)?;
    out.push_sql(order.bound[1]);
    out.push_sql(", ");
    out.push_bind_param::<SqlUuid, _>(&place.id)?;
    out.push_sql(")");
    Ok(())
}

impl QueryFragment<Pg> for PlacesQuery {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        let index = self.listing.index();
        // The keys outside, so that they are made of what is shown and not of what is skipped.
        let (key, column) = index
            .order
            .as_ref()
            .map_or(("0::bigint", ""), |order| (order.key, order.column));
        for part in ["SELECT id, ", key, " FROM (SELECT ", index.id, " AS id"] {
            out.push_sql(part);
        }
        if index.order.is_some() {
            out.push_sql(", ");
            out.push_sql(column);
        }
        for part in [" FROM ", index.table, " WHERE "] {
            out.push_sql(part);
        }
        filter(&self.listing, &index, out.reborrow())?;
        out.push_sql(moderation::only_shown(index.table));
        if let PageStart::After(place) = &self.start {
            out.push_sql(" AND ");
            after(&index, place, out.reborrow())?;
        }
        let direction = if index.descends { " DESC" } else { "" };
        out.push_sql(" ORDER BY ");
        if let Some(order) = &index.order {
            for part in [order.by, direction, ", "] {
                out.push_sql(part);
            }
        }
        for part in [index.id, direction, " LIMIT "] {
            out.push_sql(part);
        }
        out.push_bind_param::<BigInt, _>(&self.limit)?;
        if let PageStart::Offset(offset) = &self.start {
            out.push_sql(" OFFSET ");
            out.push_bind_param::<BigInt, _>(offset)?;
        }
        out.push_sql(") page");
        Ok(())
    }
}

impl QueryFragment<Pg> for CountQuery {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        let index = self.0.index();
        for part in ["SELECT count(*) FROM ", index.table, " WHERE "] {
            out.push_sql(part);
        }
        filter(&self.0, &index, out.reborrow())?;
        out.push_sql(hidden(index.table));
        out.push_sql(moderation::only_shown(index.table));
        Ok(())
    }
}

/// Leaves out what nobody sees while a job still removes it. There is hardly ever any: each inner SELECT reads an index of
/// what is deleted, once.
fn hidden(table: &str) -> &'static str {
    match table {
        "artists" => " AND deleted_at IS NULL",
        "albums" => {
            " AND deleted_at IS NULL AND artist_id NOT IN (SELECT id FROM artists WHERE deleted_at IS NOT NULL)"
        }
        "album_credits" => {
            " AND album_id NOT IN (SELECT id FROM albums WHERE deleted_at IS NOT NULL UNION ALL SELECT led.id FROM albums \
             led JOIN artists ON artists.id = led.artist_id WHERE artists.deleted_at IS NOT NULL)"
        }
        "track_credits" => {
            " AND track_id NOT IN (SELECT led.id FROM tracks led JOIN artists ON artists.id = led.artist_id WHERE \
             artists.deleted_at IS NOT NULL)"
        }
        _ => " AND artist_id NOT IN (SELECT id FROM artists WHERE deleted_at IS NOT NULL)",
    }
}

/// What belongs to the listing.
fn filter<'b>(listing: &'b Listing, index: &Index, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
    let Some(([before, after], bound)) = index.filter.zip(listing.bound()) else {
        out.push_sql("true");
        return Ok(());
    };
    out.push_sql(before);
    match bound {
        Bound::Id(id) => out.push_bind_param::<SqlUuid, _>(id)?,
        Bound::Text(text) => out.push_bind_param::<Text, _>(text)?,
        Bound::Number(number) => out.push_bind_param::<Integer, _>(number)?,
    }
    out.push_sql(after);
    Ok(())
}

impl Reader {
    /// The places of a page, in order.
    pub async fn places(&self, listing: Listing, start: PageStart, limit: i64) -> Result<Vec<Place>, StoreError> {
        let query = PlacesQuery { listing, start, limit };
        let rows: Vec<(Uuid, i64)> = query.load(&mut self.connection().await?).await?;
        Ok(rows.into_iter().map(|(id, key)| Place { key, id }).collect())
    }

    /// How many a listing has.
    pub async fn count(&self, listing: Listing) -> Result<i64, StoreError> {
        Ok(CountQuery(listing).get_result(&mut self.connection().await?).await?)
    }
}
