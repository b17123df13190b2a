//! What one person heard: history and statistics. The account's pseudonym is looked up here and never shown.

use access::Principal;
use events::{ListenerId, Time, TrackId, UserId};
use http_kit::{Error, FromQuery, History, Limit};
use read_analytics::{Cursor, HistoryRow, ListenDetails, ListenerTotals, OwnListens};
use representations::{Artist, Track};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::{
    catalogue_item::{CatalogueItem, NamedArtist, NamedTrack},
    charts::Period,
    for_many::ForMany,
    input,
    queries::no_analytics,
    spans::{Asked, SpanQuery},
    viewer::Viewer,
};

/// Looks for one page where listens are hidden.
const MAX_LOOKS: usize = 4;

/// Which part of a history.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct HistoryQuery {
    /// Most items, 1 to 100.
    #[param(inline, example = 20)]
    pub limit: Option<Limit>,
    /// `next_cursor` of the page before.
    #[param(min_length = 1, max_length = 4096)]
    pub cursor: Option<String>,
    /// Only tracks whose title or artists hold each of these words or beginnings of words; accents and case do not matter.
    #[param(
        min_length = 1,
        max_length = 200,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$"
    )]
    pub q: Option<String>,
}

/// A track in a history, which outlives the catalogue.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum HistoryTrack {
    /// The track.
    Known(Box<Track>),
    /// A track that was deleted since.
    Gone(GoneTrack),
}

/// What is left of a track that was deleted.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GoneTrack {
    /// What it was.
    pub id: TrackId,
}

/// One listen.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Listen {
    /// Who listened.
    pub user_id: UserId,
    /// What was heard; only `{id}` when it was deleted since.
    pub track: HistoryTrack,
    #[serde(flatten)]
    pub listen: ListenDetails,
}

/// How often something was played.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Played<T> {
    /// Counted plays.
    #[schema(example = 42)]
    pub plays: u64,
    /// What was played.
    #[serde(flatten)]
    pub item: T,
}

/// What one person heard in some time.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct UserStats {
    /// Who.
    pub user_id: UserId,
    /// The first moment counted.
    pub from: Time,
    /// The first moment that is not counted any more.
    pub to: Time,
    #[serde(flatten)]
    pub totals: ListenerTotals,
    /// The ten tracks played most; deleted ones are left out.
    pub top_tracks: Vec<Played<NamedTrack>>,
    /// The ten artists played most; deleted ones are left out.
    pub top_artists: Vec<Played<NamedArtist>>,
}

/// The pseudonym of the person asked about, if this caller may ask.
pub(crate) async fn listener(viewer: &Viewer, by: &Principal, user: UserId) -> Result<ListenerId, Error> {
    if by.user_id == user {
        return Ok(by.listener_id);
    }
    let pseudonym = viewer.queries.reader.pseudonym(user, by.sight()).await?;
    let pseudonym = pseudonym.ok_or_else(|| Error::not_found("user"))?;
    // The person is public, only this is not: 403 hides nothing that 404 would.
    pseudonym.ok_or_else(|| Error::forbidden("what others heard is not shown"))
}

/// What figures about a person are made of.
pub(crate) async fn own_listens(viewer: &Viewer, by: &Principal, user: UserId) -> Result<OwnListens, Error> {
    let listener = listener(viewer, by, user).await?;
    let hidden = viewer.queries.reader.hidden_listens(user).await?;
    Ok(OwnListens { listener, hidden })
}

/// A page of what a person heard, newest first.
pub(crate) async fn history(
    viewer: &Viewer,
    by: &Principal,
    user: UserId,
    query: FromQuery<HistoryQuery>,
) -> Result<History<Listen>, Error> {
    let own = own_listens(viewer, by, user).await?;
    let query = query.valid()?;
    let limit = http_kit::limit(query.limit) as usize;
    let bad = |_| Error::invalid("cursor", "must be the next_cursor of the same history");
    let before: Option<Cursor> = query.cursor.as_deref().map(str::parse).transpose().map_err(bad)?;
    let words = query.q.as_deref().map(input::words).transpose()?;
    let page = visible(viewer, &own, before, (limit, words.as_deref())).await?;
    shown(viewer, user, page).await
}

/// A page without what is hidden. Where much is, it may take another look, and a page may hold fewer than `limit`.
pub(crate) async fn visible(
    viewer: &Viewer,
    own: &OwnListens,
    mut before: Option<Cursor>,
    (limit, words): (usize, Option<&str>),
) -> Result<read_analytics::History, Error> {
    let analytics = &viewer.queries.analytics;
    let mut items: Vec<HistoryRow> = Vec::with_capacity(limit);
    for _ in 0..MAX_LOOKS {
        let missing = limit - items.len();
        let page = match words {
            Some(words) => analytics.history_with(own.listener, before, missing, words).await,
            None => analytics.history(own.listener, before, missing).await,
        };
        let page = page.map_err(|unavailable| Error::unavailable("the listening history", unavailable))?;
        items.extend(without(page.items, &own.hidden));
        before = page.next;
        if before.is_none() || items.len() == limit {
            break;
        }
    }
    Ok(read_analytics::History { items, next: before })
}

/// The rows but for those that are hidden, whose ids are in order.
fn without(rows: Vec<HistoryRow>, hidden: &[Uuid]) -> impl Iterator<Item = HistoryRow> {
    let is_seen = move |row: &HistoryRow| hidden.binary_search(&row.listen.event_id).is_err();
    rows.into_iter().filter(is_seen)
}

/// Listens with their tracks.
pub(crate) async fn shown(
    viewer: &Viewer,
    user: UserId,
    page: read_analytics::History,
) -> Result<History<Listen>, Error> {
    let ids: Vec<Uuid> = page.items.iter().map(|row| row.track_id.0).collect();
    let tracks = viewer.map_of::<Track>(&ids).await?;
    let listen = |row: HistoryRow| Listen {
        user_id: user,
        track: match tracks.get(&row.track_id.0) {
            Some(track) => HistoryTrack::Known(Box::new(track.clone())),
            None => HistoryTrack::Gone(GoneTrack { id: row.track_id }),
        },
        listen: row.listen,
    };
    Ok(History {
        items: page.items.into_iter().map(listen).collect(),
        next_cursor: page.next.map(|cursor| cursor.to_string()),
    })
}

/// What a person heard; all time, when no other is asked for.
pub(crate) async fn stats(
    viewer: &Viewer,
    by: &Principal,
    user: UserId,
    query: FromQuery<SpanQuery>,
) -> Result<UserStats, Error> {
    let own = own_listens(viewer, by, user).await?;
    let asked = query.valid()?.asked(viewer, Period::All).await?;
    stats_of(viewer, user, &own, &asked).await
}

pub(crate) async fn stats_of(
    viewer: &Viewer,
    user: UserId,
    own: &OwnListens,
    asked: &Asked,
) -> Result<UserStats, Error> {
    let analytics = &viewer.queries.analytics;
    let stats = analytics.user_stats(own, asked.span, &asked.zone, asked.now).await;
    let stats = stats.map_err(no_analytics)?;
    let tracks = played::<Track>(viewer, plays_of(&stats.top_tracks));
    let artists = played::<Artist>(viewer, plays_of(&stats.top_artists));
    let (top_tracks, top_artists) = tokio::try_join!(tracks, artists)?;
    Ok(UserStats {
        user_id: user,
        from: asked.from,
        to: asked.to,
        totals: stats.totals,
        top_tracks,
        top_artists,
    })
}

impl<T: ForMany> ForMany for Played<T> {
    const IS_SIGNED: bool = T::IS_SIGNED;

    fn sign(&mut self, viewer: &Viewer) {
        self.item.sign(viewer);
    }
}

pub(crate) fn plays_of(plays: &[read_analytics::Plays]) -> Vec<(Uuid, u64)> {
    plays.iter().map(|of| (of.id, of.plays)).collect()
}

/// The things of these ids with these plays, in this order; what is gone is left out.
pub(crate) async fn played<S: CatalogueItem>(
    viewer: &Viewer,
    plays: Vec<(Uuid, u64)>,
) -> Result<Vec<Played<S::Named>>, Error> {
    let ids: Vec<Uuid> = plays.iter().map(|(id, _)| *id).collect();
    let mut shown = viewer.by_ids::<S>(&ids).await?.into_iter().peekable();
    let known = plays.into_iter().filter_map(|(id, plays)| {
        let item = shown.next_if(|item| item.id() == id)?;
        Some(Played {
            plays,
            item: item.into(),
        })
    });
    Ok(known.collect())
}
