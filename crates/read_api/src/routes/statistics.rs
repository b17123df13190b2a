//! What everybody hears: genres, what rises, and the operator's dashboard.

use access::AdminOnly;
use actix_web::{get, web::Json};
use events::Time;
use http_kit::{AdminListProblems, Error, FromQuery, ListProblems, NotModified};
use read_analytics::{EmptySearch, GenreStats, PlayTotals, Rise, RisingRow, TimelinePoint};
use representations::{Artist, Track};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    Viewer,
    catalogue_item::{CatalogueItem, NamedArtist, NamedTrack},
    charts::{Chart, ChartQuery, Period, Ranked, chart},
    dashboard::CatalogueState,
    for_many::{ForMany, Question, Shared, sign_all},
    queries::no_analytics,
    spans::{Asked, ComparedQuery, PeriodQuery, SpanQuery},
};

/// Of each kind on the dashboard.
const TOP: usize = 10;

/// Something that is played more than before.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Rising<T> {
    #[serde(flatten)]
    pub item: T,
    #[serde(flatten)]
    pub rise: Rise,
}

/// What rises.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Trends {
    /// Tracks, the highest score first; 20 at most.
    pub rising: Vec<Rising<NamedTrack>>,
    /// Artists, the highest score first; 20 at most.
    pub rising_artists: Vec<Rising<NamedArtist>>,
    /// All plays: by hour up to three days, by day up to three months, by week up to two years, by month above.
    pub timeline: Vec<TimelinePoint>,
    /// The first moment counted.
    pub from: Time,
    /// The first moment that is not counted any more.
    pub to: Time,
    /// When this was made.
    pub generated_at: Time,
}

impl<T: ForMany> ForMany for Rising<T> {
    const IS_SIGNED: bool = T::IS_SIGNED;

    fn sign(&mut self, viewer: &Viewer) {
        self.item.sign(viewer);
    }
}

impl ForMany for Trends {
    const IS_SIGNED: bool = true;

    fn sign(&mut self, viewer: &Viewer) {
        sign_all(&mut self.rising, viewer);
    }

    fn undated(&self) -> Option<Self> {
        let (to, generated_at) = (self.from, self.from);
        Some(Self {
            to,
            generated_at,
            ..self.clone()
        })
    }
}

impl ForMany for Vec<GenreStats> {
    const IS_SIGNED: bool = false;
}

/// The service at a glance.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Dashboard {
    /// The first moment counted.
    pub from: Time,
    /// The first moment that is not counted any more.
    pub to: Time,
    /// When this was made.
    pub generated_at: Time,
    /// What was heard.
    pub totals: PlayTotals,
    /// What was heard in the time before, as long; null of all time.
    pub previous: Option<PlayTotals>,
    /// Plays by day; in other steps as in `/analytics/trends`.
    pub timeline: Vec<TimelinePoint>,
    /// Plays by local hour; 24 of them.
    pub by_hour: Vec<u64>,
    /// The ten tracks played most, as `/tracks/popular/`.
    pub top_tracks: Vec<Ranked<NamedTrack>>,
    /// The ten artists played most, as `/artists/popular/`.
    pub top_artists: Vec<Ranked<NamedArtist>>,
    /// The ten genres played most, as `/analytics/genres/stats`.
    pub top_genres: Vec<GenreStats>,
    /// Accounts.
    pub users: u64,
    /// Accounts opened in that time.
    pub new_users: u64,
    /// Searches, signed in or not; the pages of one are one search.
    pub searches: u64,
    /// Searches that found nothing.
    pub searches_without_results: u64,
    /// The most frequent of those, 20 at most.
    pub empty_searches: Vec<EmptySearch>,
    /// How complete the catalogue is; at most a minute old.
    pub catalogue: CatalogueState,
}

/// What is heard of each genre
///
/// `plays` are the listens that counted and began in that time, `listeners` the different people of those plays,
/// `listened_ms` what was heard of all listens, counted or not. A track of two genres counts for both. `share` is the part of
/// all plays, those without a genre included. The genres of a listen are those that its track had then. The most played
/// first, 100 at most; those without a play are left out.
#[utoipa::path(tag = "analytics", security((), ("bearer" = [])), params(PeriodQuery),
    responses((status = 200, description = "the genres", body = Vec<GenreStats>), NotModified, ListProblems))]
#[get("/api/v1/analytics/genres/stats")]
pub(crate) async fn get_genre_stats(
    viewer: Viewer,
    question: Question,
    query: FromQuery<PeriodQuery>,
) -> Result<Shared<Vec<GenreStats>>, Error> {
    Shared::of(&viewer, question, async |viewer| {
        let asked = query.valid()?.asked(viewer, Period::Week)?;
        let genres = viewer.queries.analytics.genres(asked.span).await;
        Ok(genres.map_err(no_analytics)?.to_vec())
    })
    .await
}

/// What rises
///
/// Tracks and artists against the time before, which is as long. To be no noise, something needs at least 5 counted plays by
/// 2 different listeners, and a score of at least 2: chance alone gives that to one thing in forty. Deleted tracks and artists
/// do not rise; plays of deleted tracks count for their artists. `timeline` has all counted plays, those too, in steps of `tz`; steps without a play have zeros. All time
/// has no time before, so it is no `period` here.
#[utoipa::path(tag = "analytics", security((), ("bearer" = [])), params(ComparedQuery),
    responses((status = 200, description = "what rises", body = Trends), NotModified, ListProblems))]
#[get("/api/v1/analytics/trends")]
pub(crate) async fn get_trends(
    viewer: Viewer,
    question: Question,
    query: FromQuery<ComparedQuery>,
) -> Result<Shared<Trends>, Error> {
    Shared::of(&viewer, question, async |viewer| {
        let asked = query.valid()?.asked(viewer).await?;
        trends(viewer, &asked).await
    })
    .await
}

async fn trends(viewer: &Viewer, asked: &Asked) -> Result<Trends, Error> {
    let analytics = &viewer.queries.analytics;
    let (risen, timeline) = tokio::try_join!(
        analytics.rising(asked.span),
        analytics.timeline(asked.span, &asked.zone),
    )
    .map_err(no_analytics)?;
    let (rising, rising_artists) = tokio::try_join!(
        shown::<Track>(viewer, &risen.tracks),
        shown::<Artist>(viewer, &risen.artists),
    )?;
    Ok(Trends {
        rising,
        rising_artists,
        timeline,
        from: asked.from,
        to: asked.to,
        generated_at: asked.now,
    })
}

/// The service at a glance
///
/// Counted plays, listens, listeners, what was heard, and the different tracks and artists played in that time, beside the
/// time before. `new_users` are accounts opened in it. `period` is `week` when neither it nor `from` is given. Hours and days
/// are those of `tz`.
#[utoipa::path(tag = "analytics", security(("bearer" = [])), params(SpanQuery),
    responses((status = 200, description = "the figures", body = Dashboard), AdminListProblems))]
#[get("/api/v1/analytics/dashboard")]
pub(crate) async fn get_dashboard(
    _: AdminOnly,
    viewer: Viewer,
    query: FromQuery<SpanQuery>,
) -> Result<Json<Dashboard>, Error> {
    let query = query.valid()?;
    let asked = query.asked(&viewer, Period::Week).await?;
    Box::pin(dashboard(&viewer, query, &asked)).await.map(Json)
}

async fn dashboard(viewer: &Viewer, query: &SpanQuery, asked: &Asked) -> Result<Dashboard, Error> {
    let (analytics, reader) = (&viewer.queries.analytics, &viewer.queries.reader);
    let played = async {
        let totals = analytics.platform_totals(asked.span, &asked.zone);
        let timeline = analytics.timeline(asked.span, &asked.zone);
        let (genres, searches) = (analytics.genres(asked.span), analytics.search_stats(asked.span));
        tokio::try_join!(totals, timeline, genres, searches).map_err(no_analytics)
    };
    let accounts = async { Ok(reader.accounts(asked.from.utc(), asked.to.utc()).await?) };
    let catalogue = viewer.queries.dashboard.catalogue(reader);
    let (played, tops, accounts, catalogue) = tokio::try_join!(played, tops(viewer, query), accounts, catalogue)?;
    let (totals, timeline, genres, searches) = played;
    let (top_tracks, top_artists) = tops;
    Ok(Dashboard {
        from: asked.from,
        to: asked.to,
        generated_at: asked.now,
        totals: totals.totals,
        previous: totals.previous,
        timeline,
        by_hour: totals.by_hour,
        top_tracks,
        top_artists,
        top_genres: genres.iter().take(TOP).cloned().collect(),
        users: accounts.total.unsigned_abs(),
        new_users: accounts.opened.unsigned_abs(),
        searches: searches.searches,
        searches_without_results: searches.without_results,
        empty_searches: searches.empty,
        catalogue,
    })
}

type Tops = (Vec<Ranked<NamedTrack>>, Vec<Ranked<NamedArtist>>);

async fn tops(viewer: &Viewer, query: &SpanQuery) -> Result<Tops, Error> {
    let query = ChartQuery {
        period: query.period,
        from: query.from,
        to: query.to,
        ..ChartQuery::default()
    };
    let (tracks, artists) = tokio::try_join!(chart::<Track>(viewer, &query), chart::<Artist>(viewer, &query))?;
    Ok((first(tracks), first(artists)))
}

fn first<T>(chart: Chart<T>) -> Vec<Ranked<T>> {
    chart.items.into_iter().take(TOP).collect()
}

async fn shown<S: CatalogueItem>(viewer: &Viewer, rows: &[RisingRow]) -> Result<Vec<Rising<S::Named>>, Error> {
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let mut shown = viewer.by_ids::<S>(&ids).await?.into_iter().peekable();
    let known = rows.iter().filter_map(|row| {
        let item = shown.next_if(|item| item.id() == row.id)?;
        Some(Rising {
            item: item.into(),
            rise: row.rise,
        })
    });
    Ok(known.collect())
}
