//! Reports of works, and works that were taken down. Whoever loads works asks here which of them are shown.

use chrono::{DateTime, Utc};
use diesel::{
    prelude::*,
    sql_types::{BigInt, Bool, Nullable, Text, Timestamptz, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use domain::{Album, Parents, Report, ReportAction, Reported, ReportedType, Resolution, Sight, Takedown, Track, Work};
use events::{Time, UserId, WorkType};
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use crate::{
    FanOut, Reader, StoreError, Unit, albums, artists,
    dependants::{bump_albums, bump_tracks},
    fan_out, playlists,
    rows::Count,
    schema::{reports, takedowns},
    tracks,
};

/// The takedown of a row of `tracks`, by itself or with its album, if there is one.
pub(crate) const TRACK_TAKEDOWN: &str = "(SELECT jsonb_build_object('reason', reason, 'at', taken_down_at, \
    'with_album', takedowns.id IS DISTINCT FROM tracks.id) FROM takedowns \
    WHERE takedowns.id IN (tracks.id, tracks.album_id) ORDER BY takedowns.id = tracks.id LIMIT 1)";
/// The takedown of a row of `albums`.
pub(crate) const ALBUM_TAKEDOWN: &str = "(SELECT jsonb_build_object('reason', reason, 'at', taken_down_at, \
    'with_album', false) FROM takedowns WHERE takedowns.id = albums.id)";
pub(crate) const TRACK_IS_SHOWN: &str =
    "NOT EXISTS (SELECT FROM takedowns WHERE takedowns.id IN (tracks.id, tracks.album_id))";
/// Whatever became of its album.
pub(crate) const TRACK_IS_ITSELF_SHOWN: &str = "NOT EXISTS (SELECT FROM takedowns WHERE takedowns.id = tracks.id)";
pub(crate) const ALBUM_IS_SHOWN: &str = "NOT EXISTS (SELECT FROM takedowns WHERE takedowns.id = albums.id)";
/// Ids of what is down. It is read once for a query: hardly anything is taken down.
macro_rules! hidden {
    (albums) => {
        "(SELECT id FROM takedowns)"
    };
    (tracks) => {
        "(SELECT id FROM takedowns UNION ALL SELECT led.id FROM tracks led JOIN takedowns ON takedowns.id = led.album_id)"
    };
}

/// Of a row of `track_credits`.
pub(crate) const CREDITED_TRACK_IS_SHOWN: &str = concat!("track_credits.track_id NOT IN ", hidden!(tracks));
/// Of a row of `album_credits`.
pub(crate) const CREDITED_ALBUM_IS_SHOWN: &str = concat!("album_credits.album_id NOT IN ", hidden!(albums));

/// A condition on a listing of this table, which leaves its index enough for an index-only scan.
pub(crate) fn only_shown(table: &str) -> &'static str {
    match table {
        "artists" => "",
        "albums" => concat!(" AND id NOT IN ", hidden!(albums)),
        "album_credits" => concat!(" AND album_id NOT IN ", hidden!(albums)),
        "track_credits" => concat!(" AND track_id NOT IN ", hidden!(tracks)),
        _ => concat!(" AND id NOT IN ", hidden!(tracks)),
    }
}

/// That a work was taken down, for those who see it nevertheless.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TakenDown {
    pub reason: String,
    pub at: Time,
    /// With the album that it is on.
    pub with_album: bool,
    owner: Option<UserId>,
}

/// As the column has it.
#[derive(Deserialize)]
struct Stored {
    reason: String,
    at: DateTime<Utc>,
    with_album: bool,
}

impl TakenDown {
    pub(crate) fn parse(stored: Value, owner: Option<UserId>) -> Result<Self, StoreError> {
        let stored: Stored =
            serde_json::from_value(stored).map_err(|error| StoreError::Defect(format!("a takedown: {error}")))?;
        Ok(Self {
            reason: stored.reason,
            at: stored.at.into(),
            with_album: stored.with_album,
            owner,
        })
    }

    /// Its owner, and admins.
    #[must_use]
    pub fn is_seen_by(&self, sight: Sight) -> bool {
        sight.is_owner_or_admin(self.owner)
    }
}

/// A report, and what the reported thing is called.
#[derive(Clone, Debug)]
pub struct ReportView {
    pub report: Report,
    /// None: it is deleted.
    pub title: Option<String>,
    pub is_taken_down: bool,
}

/// A work that was taken down.
#[derive(Clone, Debug)]
pub struct TakedownView {
    pub work: Work,
    pub title: String,
    pub reason: String,
    pub at: Time,
    /// Whose it is.
    pub owner: Option<UserId>,
}

#[derive(QueryableByName)]
struct ReportRow {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = SqlUuid)]
    work_id: Uuid,
    #[diesel(sql_type = Text)]
    reason: String,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    reported_by: Option<Uuid>,
    #[diesel(sql_type = Timestamptz)]
    created_at: DateTime<Utc>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    resolved_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Text>)]
    action: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    answer: Option<String>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    resolved_by: Option<Uuid>,
    #[diesel(sql_type = Nullable<Text>)]
    title: Option<String>,
    #[diesel(sql_type = Bool)]
    is_taken_down: bool,
}

#[derive(QueryableByName)]
struct TakedownRow {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Text)]
    title: String,
    #[diesel(sql_type = Text)]
    reason: String,
    #[diesel(sql_type = Timestamptz)]
    taken_down_at: DateTime<Utc>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    owner_id: Option<Uuid>,
}

/// The column's CHECK allows the known ones only.
fn work(kind: &str, id: Uuid) -> Work {
    let kind = WorkType::by_name(kind).unwrap_or(WorkType::Track);
    Work { kind, id }
}

/// The column's CHECK allows the known ones only.
fn reported(kind: &str, id: Uuid) -> Reported {
    let kind = ReportedType::by_name(kind).unwrap_or(ReportedType::Track);
    Reported { kind, id }
}

impl From<ReportRow> for ReportView {
    fn from(row: ReportRow) -> Self {
        let action = row.action.as_deref().and_then(ReportAction::by_name);
        let resolution = action.zip(row.resolved_at).map(|(action, at)| Resolution {
            action,
            reason: row.answer.unwrap_or_default(),
            by: row.resolved_by.map(UserId),
            at: at.into(),
        });
        Self {
            report: Report {
                id: row.id,
                of: reported(&row.kind, row.work_id),
                reason: row.reason,
                by: row.reported_by.map(UserId),
                created_at: row.created_at.into(),
                resolution,
            },
            title: row.title,
            is_taken_down: row.is_taken_down,
        }
    }
}

const REPORTS: &str = "SELECT reports.*, coalesce(tracks.title, albums.title, artists.name, playlists.title) AS title, \
    takedowns.id IS NOT NULL AS is_taken_down FROM reports LEFT JOIN tracks ON tracks.id = work_id \
    LEFT JOIN albums ON albums.id = work_id LEFT JOIN playlists ON playlists.id = work_id \
    LEFT JOIN artists ON artists.id = work_id AND artists.deleted_at IS NULL \
    LEFT JOIN takedowns ON takedowns.id = work_id ";

/// `$1` is whose; of everybody when it is null.
const TAKEDOWNS: &str = "SELECT takedowns.id, kind, coalesce(tracks.title, albums.title) AS title, reason, \
    taken_down_at, coalesce(tracks.created_by, albums.created_by) AS owner_id FROM takedowns \
    LEFT JOIN tracks ON tracks.id = takedowns.id LEFT JOIN albums ON albums.id = takedowns.id \
    WHERE coalesce(tracks.id, albums.id) IS NOT NULL \
    AND ($1 IS NULL OR coalesce(tracks.created_by, albums.created_by) = $1)";

impl Unit {
    /// What something is called, as this person sees it; it is not held. None: to this person it is not there.
    pub async fn title_seen(&mut self, of: Reported, sight: Sight) -> Result<Option<String>, StoreError> {
        let is_seen = |down: Option<&TakenDown>| down.is_none_or(|it| it.is_seen_by(sight));
        let (connection, ids) = (self.connection()?, [of.id]);
        Ok(match of.kind {
            ReportedType::Artist => artists::views(connection, &ids)
                .await?
                .pop()
                .map(|artist| artist.state.name),
            ReportedType::Album => {
                let album = albums::views(connection, &ids).await?.pop();
                let album = album.filter(|album| is_seen(album.taken_down.as_ref()));
                album.map(|album| album.state.title)
            }
            ReportedType::Track => {
                let track = tracks::views(connection, &ids).await?.pop();
                let track = track.filter(|track| is_seen(track.taken_down.as_ref()));
                track.map(|track| track.state.title)
            }
            ReportedType::Playlist => {
                let playlist = playlists::views(connection, &ids).await?.pop();
                let playlist = playlist.map(|view| view.playlist);
                let playlist = playlist.filter(|playlist| playlist.is_seen_by(sight));
                playlist.map(|playlist| playlist.fields.title)
            }
        })
    }

    /// How many of this person nobody has looked at. The account is held: they are counted one after the other.
    pub async fn open_reports_of(&mut self, user: UserId) -> Result<i64, StoreError> {
        self.hold_account(user).await?;
        let open = reports::table.filter(reports::reported_by.eq(user.0).and(reports::resolved_at.is_null()));
        Ok(open.count().get_result(self.connection()?).await?)
    }

    /// Violates [`crate::Constraint::UniqueReport`] when this person reported the work already.
    pub async fn create_report(&mut self, report: &Report) -> Result<(), StoreError> {
        let row = (
            reports::id.eq(report.id),
            reports::kind.eq(report.of.kind.name()),
            reports::work_id.eq(report.of.id),
            reports::reason.eq(&report.reason),
            reports::reported_by.eq(report.by.map(|by| by.0)),
            reports::created_at.eq(report.created_at.utc()),
        );
        let insert = diesel::insert_into(reports::table).values(row);
        insert.execute(self.connection()?).await?;
        Ok(())
    }

    /// What a report is about; the report is not held.
    pub async fn reported(&mut self, id: Uuid) -> Result<Option<Reported>, StoreError> {
        let query = reports::table.find(id).select((reports::kind, reports::work_id));
        let row: Option<(String, Uuid)> = query.first(self.connection()?).await.optional()?;
        Ok(row.map(|(kind, id)| reported(&kind, id)))
    }

    /// The report, held until the unit ends. Its work is held before, or two answers of two reports could wait for each
    /// other.
    pub async fn report(&mut self, id: Uuid) -> Result<Option<ReportView>, StoreError> {
        let query = format!("{REPORTS} WHERE reports.id = $1 FOR UPDATE OF reports");
        let query = diesel::sql_query(query).bind::<SqlUuid, _>(id);
        let row: Option<ReportRow> = query.get_result(self.connection()?).await.optional()?;
        Ok(row.map(ReportView::from))
    }

    /// Records what was decided, and the same of every other open report of the work when it was taken down.
    pub async fn resolve_report(&mut self, report: &Report) -> Result<(), StoreError> {
        let Some(resolution) = &report.resolution else {
            return Ok(());
        };
        let set = (
            reports::resolved_at.eq(resolution.at.utc()),
            reports::action.eq(resolution.action.name()),
            reports::answer.eq(&resolution.reason),
            reports::resolved_by.eq(resolution.by.map(|by| by.0)),
        );
        let is_takedown = resolution.action == ReportAction::Takedown;
        let others = reports::work_id.eq(report.of.id).and(is_takedown.into_sql::<Bool>());
        let meant = reports::table.filter(reports::resolved_at.is_null());
        let meant = meant.filter(reports::id.eq(report.id).or(others));
        diesel::update(meant).set(set).execute(self.connection()?).await?;
        Ok(())
    }

    /// Violates [`crate::Constraint::UniqueTakedown`] when it is down already.
    pub async fn take_down(&mut self, takedown: &Takedown) -> Result<(), StoreError> {
        let row = (
            takedowns::id.eq(takedown.work.id),
            takedowns::kind.eq(takedown.work.kind.name()),
            takedowns::reason.eq(&takedown.reason),
            takedowns::taken_down_at.eq(takedown.at.utc()),
            takedowns::taken_down_by.eq(takedown.by.0),
        );
        let insert = diesel::insert_into(takedowns::table).values(row);
        insert.execute(self.connection()?).await?;
        Ok(())
    }

    /// Ends a takedown; of what kind of work it was. None: it was not down.
    pub async fn put_back(&mut self, id: Uuid) -> Result<Option<Work>, StoreError> {
        let delete = diesel::delete(takedowns::table.find(id)).returning(takedowns::kind);
        let kind: Option<String> = delete.get_result(self.connection()?).await.optional()?;
        Ok(kind.map(|kind| work(&kind, id)))
    }

    /// What a work is called; it is held, and its parents. None: there is no such work.
    pub async fn hold_work(&mut self, work: Work) -> Result<Option<HeldWork>, StoreError> {
        let none = Parents::default();
        Ok(match work.kind {
            WorkType::Album => self.album(work.id.into(), &none).await?.map(HeldWork::Album),
            WorkType::Track => self.track(work.id.into(), &none).await?.map(HeldWork::Track),
        })
    }

    /// Publishes a held work with what is said of it now, and the tracks of an album.
    pub async fn record_sight(&mut self, work: &HeldWork) -> Result<(), StoreError> {
        match work {
            HeldWork::Track(track) => bump_tracks(self, &[track.id.0]).await,
            HeldWork::Album(album) => {
                bump_albums(self, &[album.id.0]).await?;
                fan_out::reach_dependants(self, FanOut::AlbumChanged(album.id))
                    .await
                    .map(drop)
            }
        }
    }
}

/// A work that a unit holds.
#[derive(Debug)]
pub enum HeldWork {
    Album(Album),
    Track(Track),
}

impl HeldWork {
    #[must_use]
    pub fn title(&self) -> &str {
        match self {
            Self::Album(album) => &album.fields.title,
            Self::Track(track) => &track.fields.title,
        }
    }

    #[must_use]
    pub fn owner(&self) -> Option<UserId> {
        match self {
            Self::Album(album) => album.created_by,
            Self::Track(track) => track.created_by,
        }
    }
}

impl Reader {
    /// A page of reports, the oldest first, and how many there are: those that nobody has looked at, or the others.
    pub async fn reports(&self, are_open: bool, limit: i64, offset: i64) -> Result<(Vec<ReportView>, i64), StoreError> {
        let connection = &mut *self.connection().await?;
        let condition = if are_open {
            "resolved_at IS NULL"
        } else {
            "resolved_at IS NOT NULL"
        };
        let total = diesel::sql_query(format!("SELECT count(*) AS count FROM reports WHERE {condition}"));
        let total: Count = total.get_result(connection).await?;
        let page = format!("{REPORTS} WHERE {condition} ORDER BY reports.id LIMIT $1 OFFSET $2");
        let page = diesel::sql_query(page)
            .bind::<BigInt, _>(limit)
            .bind::<BigInt, _>(offset);
        let rows: Vec<ReportRow> = page.load(connection).await?;
        Ok((rows.into_iter().map(ReportView::from).collect(), total.count))
    }

    /// A page of what is taken down, the latest first, and how much there is; of one person, or of all.
    pub async fn takedowns(
        &self,
        of: Option<UserId>,
        limit: i64,
        offset: i64,
    ) -> Result<(Vec<TakedownView>, i64), StoreError> {
        let connection = &mut *self.connection().await?;
        let of = of.map(|user| user.0);
        let total = diesel::sql_query(format!("SELECT count(*) AS count FROM ({TAKEDOWNS}) AS down"));
        let total: Count = total.bind::<Nullable<SqlUuid>, _>(of).get_result(connection).await?;
        let page = format!("{TAKEDOWNS} ORDER BY taken_down_at DESC, takedowns.id LIMIT $2 OFFSET $3");
        let page = diesel::sql_query(page)
            .bind::<Nullable<SqlUuid>, _>(of)
            .bind::<BigInt, _>(limit)
            .bind::<BigInt, _>(offset);
        let rows: Vec<TakedownRow> = page.load(connection).await?;
        let view = |row: TakedownRow| TakedownView {
            work: work(&row.kind, row.id),
            title: row.title,
            reason: row.reason,
            at: row.taken_down_at.into(),
            owner: row.owner_id.map(UserId),
        };
        Ok((rows.into_iter().map(view).collect(), total.count))
    }
}
