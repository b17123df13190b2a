//! Suggestions while somebody types: ids from Elasticsearch, their order with plays from Redis, what is shown from Postgres.

use actix_web::{get, web::Json};
use events::{ItemType, Kind};
use http_kit::{Error, FromQuery, ListProblems, Whole};
use read_search::{Index, Suggestion};
use representations::{Album, Artist, Playlist, Track, plays_or_none};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::{Viewer, catalogue_item::CatalogueItem, input, pages::not_searched, queries::Plays};

const ENTRIES: u32 = 10;

/// What was typed so far.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SuggestQuery {
    /// The beginning of a name, or some of its words and the beginning of the next.
    #[param(
        example = "ки",
        min_length = 1,
        max_length = 200,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$"
    )]
    q: String,
    /// Most entries, 1 to 10.
    #[param(inline, example = 10)]
    limit: Option<Whole<1, 10>>,
}

/// Something that may be meant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SuggestedItem {
    /// `artist`, `album`, `track` or `playlist`.
    #[serde(rename = "type")]
    #[schema(example = "artist")]
    pub kind: String,
    /// The artist, album, track or public playlist.
    pub id: Uuid,
    /// Its name or title.
    #[schema(example = "Кино")]
    pub title: String,
    /// Of whom it is, of a playlist its owner; null for an artist.
    pub artist: Option<String>,
    /// A track's album; null where it has none, and for other kinds.
    pub album_id: Option<Uuid>,
    /// Address of its cover or picture.
    pub cover_url: Option<String>,
}

/// What may be meant, best first.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Suggestions {
    /// The entries, of all kinds.
    pub items: Vec<SuggestedItem>,
}

/// Suggestions while somebody types
#[utoipa::path(tag = "search", path = "/api/v1/search/suggest", security((), ("bearer" = [])), params(SuggestQuery),
    responses((status = 200, description = "at most ten entries", body = Suggestions), ListProblems))]
#[get("/api/v1/search/suggest")]
pub(crate) async fn suggest(viewer: Viewer, asked: FromQuery<SuggestQuery>) -> Result<Json<Suggestions>, Error> {
    let asked = asked.valid()?;
    let words = input::words(&asked.q)?;
    let limit = asked.limit.map_or(ENTRIES, Whole::get);
    let found = viewer
        .queries
        .search
        .suggest(&words, ENTRIES)
        .await
        .map_err(not_searched)?;
    let mut best = ordered(&viewer, found).await;
    best.truncate(limit as usize);
    let (artists, albums, tracks, playlists) = tokio::try_join!(
        shown::<Artist>(&viewer, &best),
        shown::<Album>(&viewer, &best),
        shown::<Track>(&viewer, &best),
        shown_playlists(&viewer, &best),
    )?;
    let mut items: Vec<(usize, SuggestedItem)> = [artists, albums, tracks, playlists].concat();
    items.sort_unstable_by_key(|(place, _)| *place);
    let items = items.into_iter().map(|(_, item)| item).collect();
    Ok(Json(Suggestions { items }))
}

/// The surest first; of equally sure ones what is played more, by magnitude; of those artists, then albums, playlists last.
/// Without Redis plays do not matter.
async fn ordered(viewer: &Viewer, found: Vec<Suggestion>) -> Vec<Suggestion> {
    let plays = Plays(viewer.queries.counters.clone());
    let of = async |kind: Kind| {
        let of_kind = found.iter().filter(|one| one.of == Index::Of(kind));
        let ids: Vec<Uuid> = of_kind.clone().map(|one| one.id).collect();
        let plays = plays_or_none(&plays, kind, &ids).await.into_iter();
        let with_plays = of_kind.copied().zip(plays.map(Option::unwrap_or_default));
        with_plays.collect::<Vec<(Suggestion, u64)>>()
    };
    let (artists, albums, tracks) = tokio::join!(of(Kind::Artist), of(Kind::Album), of(Kind::Track));
    let playlists = found.iter().filter(|one| one.of == Index::Playlists);
    let playlists: Vec<(Suggestion, u64)> = playlists.map(|one| (*one, 0)).collect();
    let mut all = [artists, albums, tracks, playlists].concat();
    // Stable: what is alike stays in the order of kinds.
    all.sort_by(|(a, of_a), (b, of_b)| {
        let sure = b.certainty.total_cmp(&a.certainty);
        sure.then_with(|| magnitude(*of_b).cmp(&magnitude(*of_a)))
    });
    all.into_iter().map(|(one, _)| one).collect()
}

fn magnitude(plays: u64) -> u32 {
    u64::BITS - plays.leading_zeros()
}

/// Those of one kind that are still there, with their places.
async fn shown<S: CatalogueItem>(viewer: &Viewer, best: &[Suggestion]) -> Result<Vec<(usize, SuggestedItem)>, Error> {
    let ids = ids_of(best, S::KIND.into());
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let views = viewer.read(async |reader, _| S::views(reader, &ids).await).await?;
    let items = views.into_iter().map(|view| S::shown(view, None, viewer));
    let item = |item: S| {
        let label = item.label();
        let entry = SuggestedItem {
            kind: S::KIND.name().to_owned(),
            id: item.id(),
            title: label.title.to_owned(),
            artist: label.artist.map(str::to_owned),
            album_id: label.album.map(|album| album.id.0),
            cover_url: label.cover_url.map(str::to_owned),
        };
        Some((place(best, entry.id)?, entry))
    };
    Ok(items.filter_map(item).collect())
}

fn ids_of(best: &[Suggestion], index: Index) -> Vec<Uuid> {
    let of = best.iter().filter(|one| one.of == index);
    of.map(|one| one.id).collect()
}

fn place(best: &[Suggestion], id: Uuid) -> Option<usize> {
    best.iter().position(|one| one.id == id)
}

/// The playlists that are still there and public, with their places.
async fn shown_playlists(viewer: &Viewer, best: &[Suggestion]) -> Result<Vec<(usize, SuggestedItem)>, Error> {
    let ids = ids_of(best, Index::Playlists);
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let views = viewer.queries.reader.public_playlists(&ids).await?;
    let item = |playlist: Playlist| {
        let entry = SuggestedItem {
            kind: ItemType::Playlist.name().to_owned(),
            id: playlist.id.0,
            title: playlist.title,
            artist: Some(playlist.owner.username),
            album_id: None,
            cover_url: playlist.cover_urls.into_iter().next(),
        };
        Some((place(best, entry.id)?, entry))
    };
    Ok(views.into_iter().map(Playlist::new).filter_map(item).collect())
}
