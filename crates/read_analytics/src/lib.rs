//! The analytics: the ClickHouse read model. Histories, longer charts and statistics, from every listen there ever was.
//!
//! It owns the ClickHouse client, the tables, the projection that fills them and the queries that read them. It must
//! not know HTTP, Postgres, the commands or the other read models; it holds no fact that the topics do not hold, and
//! may be erased and projected again.
//!
//! How a listen counts once, whatever comes twice: rows are only ever inserted, in tables whose engine keeps one row for
//! each (UTC day, listener, event id), the one with the lowest offset; every query reads with `FINAL`, through `listens`.
//! A view may copy rows from one table to another, never count them: a count would grow with each copy.
//!
//! Throughout, `plays` are listens that counted and `listened_ms` is what was heard of all listens, in milliseconds.

mod charts;
mod config;
mod connection;
mod days;
mod entity_stats;
mod export;
mod facts;
mod fits;
mod generations;
mod genres;
mod habits;
mod history;
mod kept;
mod listens;
mod operations;
mod positions;
mod projection;
mod ranks;
mod refresh;
mod requests;
mod rollup;
mod row;
mod schema;
mod searches;
mod span;
mod taste;
mod timeline;
mod titles;
mod totals;
mod trends;
mod user_stats;
mod works;
mod zones;

pub use charts::{ChartPlays, ChartRow};
pub use config::{AnalyticsConfig, AnalyticsUnavailable};
pub use connection::{Analytics, Health, TableRows};
pub use days::{DayPlays, Streak, last_days, streak};
pub use entity_stats::{ArtistStats, EntityStats};
pub use export::{DataSet, ExportStream};
pub use fits::{FitRow, Near, NeighbourRow, SimilarListener, TasteRow};
pub use genres::GenreStats;
pub use habits::{Diversity, Habits, Loyalty, Sessions};
pub use history::{BadCursor, Cursor, History, HistoryRow, ListenDetails};
pub use listens::OwnListens;
pub use operations::{SlowQuery, TableParts};
pub use projection::AnalyticsProjection;
pub use requests::{RequestPoint, RequestRow, RequestStats, RequestTotals, RouteStats, StatusCount};
pub use row::{AnalyticsRow, DeletedRow, ListenRow};
pub use schema::SCHEMA;
pub use searches::{EmptySearch, PastSearch, SearchHistory, SearchRow, SearchStats};
pub use span::Span;
pub use taste::{HeardTrack, TrackPlays};
pub use timeline::TimelinePoint;
pub use titles::TitleRow;
pub use totals::{PlatformTotals, PlayTotals};
pub use trends::{Rise, Risen, RisingRow};
pub use user_stats::{GenrePlays, ListenerPlays, ListenerStats, ListenerTotals, Plays, PreviousPlays};
pub use works::{ListeningTotals, SourcePlays, StudioStats, TrackDetails};
pub use zones::Zone;
