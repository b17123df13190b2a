//! Search over every kind at once: one request to Elasticsearch, then each kind's things from Postgres.

use std::time::Instant;

use actix_web::get;
use events::{ItemType, Kind};
use http_kit::{Error, FromQuery, Limit, ListProblems, NotModified, Page, Paging};
use read_search::{FEW, Highlighter, Hits, Index, Query, corrected};
use representations::{Album, Artist, Playlist, Track};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::{
    Viewer,
    catalogue_item::CatalogueItem,
    for_many::{ForMany, Question, Shared},
    input::{self, Year},
    pages::{SearchHit, not_searched, page_of},
    playlists,
};

/// What to search for, and where.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct MultiQuery {
    /// Words; accents, scripts and small slips do not matter.
    #[param(
        example = "кино",
        min_length = 1,
        max_length = 200,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$"
    )]
    q: String,
    /// Kinds wanted, with commas: `track`, `artist`, `album`, `playlist`; all when absent.
    #[param(
        example = "track,artist",
        pattern = r"^\s*(track|artist|album|playlist)s?\s*(,\s*(track|artist|album|playlist)s?\s*)*$"
    )]
    types: Option<String>,
    /// Most items of each kind, 1 to 100.
    #[param(inline, example = 5)]
    limit: Option<Limit>,
    /// Of this genre.
    #[param(
        min_length = 1,
        max_length = 60,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$"
    )]
    genre: Option<String>,
    /// Released in this year or later; artists have no release and are not found with it.
    #[param(inline)]
    year_from: Option<Year>,
    /// Released in this year or earlier; artists have no release and are not found with it.
    #[param(inline)]
    year_to: Option<Year>,
}

/// The best match of all kinds. A playlist, which anybody may name as they like, is it only where nothing of the catalogue
/// matches as well.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum TopResult {
    /// An artist.
    Artist(SearchHit<Artist>),
    /// An album.
    Album(SearchHit<Album>),
    /// A track.
    Track(SearchHit<Track>),
    /// A public playlist.
    Playlist(SearchHit<Playlist>),
}

/// What was found, kind by kind. To go on with one kind, use its own search.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct MultiAnswer {
    /// The words as they were understood.
    #[schema(example = "кино")]
    pub query: String,
    /// How long it took, in milliseconds.
    #[schema(example = 12)]
    pub took_ms: u64,
    /// What was probably meant, where little or nothing matches as typed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "Кино")]
    pub did_you_mean: Option<String>,
    /// The best match of all kinds; a playlist only where the catalogue has nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub top_result: Option<TopResult>,
    /// Tracks.
    pub tracks: Page<SearchHit<Track>>,
    /// Artists.
    pub artists: Page<SearchHit<Artist>>,
    /// Albums.
    pub albums: Page<SearchHit<Album>>,
    /// Public playlists, by their titles.
    pub playlists: Page<SearchHit<Playlist>>,
}

impl ForMany for MultiAnswer {
    const IS_SIGNED: bool = true;

    fn sign(&mut self, viewer: &Viewer) {
        self.tracks.sign(viewer);
        if let Some(TopResult::Track(track)) = &mut self.top_result {
            track.sign(viewer);
        }
    }

    fn undated(&self) -> Option<Self> {
        Some(Self {
            took_ms: 0,
            ..self.clone()
        })
    }
}

/// Search every kind
#[utoipa::path(tag = "search", path = "/api/v1/search/multi/", security((), ("bearer" = [])), params(MultiQuery),
    responses((status = 200, description = "what was found", body = MultiAnswer), NotModified, ListProblems))]
#[get("/api/v1/search/multi")]
pub(crate) async fn search_all(
    viewer: Viewer,
    asked: Question,
    query: FromQuery<MultiQuery>,
) -> Result<Shared<MultiAnswer>, Error> {
    let found = Shared::of(&viewer, asked, async |viewer| {
        let began = Instant::now();
        let (wanted, query) = query.valid()?.checked()?;
        let (found, playlists) = hits(viewer, &wanted, &query).await?;
        let is_unsure = found.iter().map(|hits| hits.typed).sum::<u64>() < FEW;
        let mut answer = shown(viewer, found, playlists, query.clone()).await?;
        if is_unsure {
            answer.did_you_mean = meant(viewer, &wanted.kinds, &query, answer.top_result.as_ref()).await?;
        }
        answer.took_ms = began.elapsed().as_millis().try_into().unwrap_or(u64::MAX);
        Ok(answer)
    })
    .await?;
    // For each who asks, also where the answer was made for somebody else.
    if let Some(answer) = found.value() {
        viewer.record_search(&query.valid()?.q, answer.found());
    }
    Ok(found)
}

impl MultiAnswer {
    /// How much was found of every kind.
    fn found(&self) -> u64 {
        self.tracks.total + self.artists.total + self.albums.total + self.playlists.total
    }
}

async fn shown(viewer: &Viewer, found: [Hits; 3], playlists: Hits, query: Query) -> Result<MultiAnswer, Error> {
    let paging = first_page(query.limit);
    let marks = Highlighter::new(&query);
    let [artists, albums, tracks] = found;
    let (artists, albums, tracks, playlists) = tokio::try_join!(
        page_of::<Artist>(viewer, artists, &marks, &paging),
        page_of::<Album>(viewer, albums, &marks, &paging),
        page_of::<Track>(viewer, tracks, &marks, &paging),
        playlists::found(viewer, playlists, &marks, &paging),
    )?;
    Ok(MultiAnswer {
        query: query.text.unwrap_or_default(),
        took_ms: 0,
        did_you_mean: None,
        top_result: best(&artists, &albums, &tracks, &playlists),
        tracks,
        artists,
        albums,
        playlists,
    })
}

/// The words in which the best match has what was typed; of nothing found, the nearest name there is.
async fn meant(
    viewer: &Viewer,
    kinds: &[Kind],
    query: &Query,
    top: Option<&TopResult>,
) -> Result<Option<String>, Error> {
    let text = query.text.as_deref().unwrap_or_default();
    if let Some(top) = top {
        return Ok(corrected(text, &top.names()));
    }
    let queries = queries(
        kinds,
        &Query {
            limit: 1,
            ..query.clone()
        },
    );
    let nearest = viewer.queries.search.nearest(&queries).await.map_err(not_searched)?;
    Ok(match nearest {
        Some((Kind::Artist, id)) => near::<Artist>(viewer, text, id).await?,
        Some((Kind::Album, id)) => near::<Album>(viewer, text, id).await?,
        Some((Kind::Track, id)) => near::<Track>(viewer, text, id).await?,
        None => None,
    })
}

async fn near<S: CatalogueItem>(viewer: &Viewer, text: &str, id: Uuid) -> Result<Option<String>, Error> {
    let found = viewer.by_ids::<S>(&[id]).await?;
    Ok(found.first().and_then(|item| corrected(text, &item.label().names())))
}

impl TopResult {
    fn names(&self) -> Vec<&str> {
        match self {
            Self::Artist(hit) => hit.item.label().names(),
            Self::Album(hit) => hit.item.label().names(),
            Self::Track(hit) => hit.item.label().names(),
            Self::Playlist(hit) => vec![hit.item.title.as_str()],
        }
    }
}

fn queries(kinds: &[Kind], query: &Query) -> Vec<(Kind, Query)> {
    kinds.iter().map(|kind| (*kind, query.clone())).collect()
}

fn first_page(limit: u32) -> Paging {
    Paging {
        limit,
        offset: 0,
        cursor: None,
    }
}

/// The hits of artists, albums and tracks, and those of playlists; none of a kind that is not wanted. All in one request.
async fn hits(viewer: &Viewer, wanted: &MultiRequest, query: &Query) -> Result<([Hits; 3], Hits), Error> {
    let mut indexes: Vec<Index> = wanted.kinds.iter().copied().map(Index::from).collect();
    indexes.extend(wanted.playlists.then_some(Index::Playlists));
    let queries: Vec<(Index, Query)> = indexes.iter().map(|index| (*index, query.clone())).collect();
    let found = viewer.queries.search.multi(&queries).await.map_err(not_searched)?;
    let mut found: Vec<(Index, Hits)> = indexes.into_iter().zip(found).collect();
    let mut of = |wanted: Index| {
        let at = found.iter().position(|(index, _)| *index == wanted);
        Hits {
            // A cursor belongs to the search of one kind, with its own parameters.
            next_cursor: None,
            ..at.map(|at| found.swap_remove(at).1).unwrap_or_default()
        }
    };
    let catalogue = [Kind::Artist, Kind::Album, Kind::Track].map(|kind| of(kind.into()));
    Ok((catalogue, of(Index::Playlists)))
}

/// The hit with the highest score; of equal ones the artist, the album, the track. A playlist only where the catalogue has
/// nothing: anybody gives a playlist any name.
fn best(
    artists: &Page<SearchHit<Artist>>,
    albums: &Page<SearchHit<Album>>,
    tracks: &Page<SearchHit<Track>>,
    playlists: &Page<SearchHit<Playlist>>,
) -> Option<TopResult> {
    let (artist, album, track) = (artists.items.first(), albums.items.first(), tracks.items.first());
    let hits = [
        artist.map(|hit| (hit.relevance.score, TopResult::Artist(hit.clone()))),
        album.map(|hit| (hit.relevance.score, TopResult::Album(hit.clone()))),
        track.map(|hit| (hit.relevance.score, TopResult::Track(hit.clone()))),
    ];
    let better =
        |best: (Option<f32>, TopResult), hit: (Option<f32>, TopResult)| if hit.0 > best.0 { hit } else { best };
    let best = hits.into_iter().flatten().reduce(better).map(|(_, hit)| hit);
    best.or_else(|| playlists.items.first().cloned().map(TopResult::Playlist))
}

/// What is searched.
struct MultiRequest {
    kinds: Vec<Kind>,
    playlists: bool,
}

impl MultiQuery {
    fn checked(&self) -> Result<(MultiRequest, Query), Error> {
        let query = Query {
            text: Some(input::words(&self.q)?),
            genre: input::genre(self.genre.as_deref())?,
            year: input::years(self.year_from, self.year_to)?,
            limit: http_kit::limit(self.limit),
            ..Query::default()
        };
        Ok((wanted(self.types.as_deref())?, query))
    }
}

fn wanted(types: Option<&str>) -> Result<MultiRequest, Error> {
    let Some(types) = types else {
        return Ok(MultiRequest {
            kinds: vec![Kind::Artist, Kind::Album, Kind::Track],
            playlists: true,
        });
    };
    let (mut kinds, mut playlists) = (Vec::new(), false);
    for name in types.split(',').map(str::trim) {
        // "tracks" is taken as "track".
        let kind = match ItemType::by_name(name.strip_suffix('s').unwrap_or(name)) {
            Some(ItemType::Artist) => Kind::Artist,
            Some(ItemType::Album) => Kind::Album,
            Some(ItemType::Track) => Kind::Track,
            Some(ItemType::Playlist) => {
                playlists = true;
                continue;
            }
            None => {
                return Err(Error::invalid(
                    "types",
                    "must be of track, artist, album and playlist, with commas",
                ));
            }
        };
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    Ok(MultiRequest { kinds, playlists })
}
