//! What readers ask: plays, charts, the present. Each is one round trip.

use events::{Kind, ListenerId, Time};
use redis::cmd;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{Counters, CountersUnavailable, increment::hour};

/// Entries of a chart at most: a page, and some to spare.
const CHART: usize = 1_100;
/// Tracks in [`PlatformStats::top_now`].
const TOP_NOW: usize = 10;
/// How long after a listen began a listener is active, in milliseconds.
const ACTIVE_MS: i64 = 300_000;

/// A kind in keys and scripts.
pub(crate) fn letter(kind: Kind) -> &'static str {
    match kind {
        Kind::Track => "t",
        Kind::Artist => "a",
        Kind::Album => "l",
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChartWindow {
    /// Those from 24 h before the running UTC hour's beginning until now.
    Day {
        now: Time,
    },
    AllTime,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PlatformStats {
    pub counts: PlatformCounts,
    /// The ten most played tracks since the beginning of the last full UTC hour, with their plays.
    pub top_now: Vec<(Uuid, u64)>,
}

/// How many listen right now. Plays are counted listens; the windows move in steps of ten seconds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PlatformCounts {
    /// Listeners with a listen, counted or not, that began less than five minutes ago.
    pub active_users: u64,
    /// Plays that began in the last minute.
    pub plays_last_minute: u64,
    /// Plays that began in the last five minutes.
    pub plays_last_5_minutes: u64,
    /// Plays that began in the last 60 minutes.
    pub plays_last_hour: u64,
    /// Plays that began since 00:00 UTC.
    pub plays_today: u64,
}

type Scored = Vec<(Vec<u8>, u64)>;

impl Counters {
    /// All-time plays, in the order of `ids`; 0 for what was never played.
    pub async fn plays(&self, kind: Kind, ids: &[Uuid]) -> Result<Vec<u64>, CountersUnavailable> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let serving = self.serving().await?;
        let mut command = cmd("ZMSCORE");
        command.arg(serving.key("plays:") + letter(kind));
        for id in ids {
            command.arg(id.as_bytes());
        }
        let scores: Vec<Option<u64>> = serving.command(&command).await?;
        Ok(scores.into_iter().map(Option::unwrap_or_default).collect())
    }

    /// Ids in the order of all-time plays, after the first `from`.
    pub async fn ranked(&self, kind: Kind, from: usize, limit: usize) -> Result<Vec<Uuid>, CountersUnavailable> {
        let serving = self.serving().await?;
        let mut command = cmd("ZRANGE");
        command
            .arg(serving.key("plays:") + letter(kind))
            .arg(from)
            .arg(from + limit.max(1) - 1)
            .arg("REV");
        let ids: Vec<Vec<u8>> = serving.command(&command).await?;
        Ok(ids.iter().filter_map(|id| Uuid::from_slice(id).ok()).collect())
    }

    /// How many were ever played.
    pub async fn count_played(&self, kind: Kind) -> Result<usize, CountersUnavailable> {
        let serving = self.serving().await?;
        let key = serving.key("plays:") + letter(kind);
        serving.command(cmd("ZCARD").arg(key)).await
    }

    /// The most played, first the first; deleted things are left out.
    pub async fn top(
        &self,
        kind: Kind,
        window: ChartWindow,
        limit: usize,
    ) -> Result<Vec<(Uuid, u64)>, CountersUnavailable> {
        let limit = limit.min(CHART);
        if limit == 0 {
            return Ok(Vec::new());
        }
        let serving = self.serving().await?;
        let scored: Scored = match window {
            ChartWindow::AllTime => {
                let mut command = cmd("ZRANGE");
                command
                    .arg(serving.key("plays:") + letter(kind))
                    .arg(0)
                    .arg(limit - 1)
                    .arg("REV")
                    .arg("WITHSCORES");
                serving.command(&command).await?
            }
            ChartWindow::Day { now } => {
                let mut call = serving.scripts().chart.prepare_invoke();
                call.arg(serving.prefix())
                    .arg(letter(kind))
                    .arg(24)
                    .arg(hour(now))
                    .arg(limit);
                serving.script(&call).await?
            }
        };
        Ok(ids(&scored))
    }

    pub async fn platform(&self, now: Time) -> Result<PlatformStats, CountersUnavailable> {
        let serving = self.serving().await?;
        let mut call = serving.scripts().platform.prepare_invoke();
        call.arg(serving.prefix()).arg(now.millis()).arg(TOP_NOW);
        let (active, minute, five, hour, today, top): (u64, u64, u64, u64, u64, Scored) = serving.script(&call).await?;
        Ok(PlatformStats {
            counts: PlatformCounts {
                active_users: active,
                plays_last_minute: minute,
                plays_last_5_minutes: five,
                plays_last_hour: hour,
                plays_today: today,
            },
            top_now: ids(&top),
        })
    }

    /// Who is active, the latest first, with the beginning of the last listen.
    pub async fn active(&self, now: Time, limit: usize) -> Result<Vec<(ListenerId, Time)>, CountersUnavailable> {
        let serving = self.serving().await?;
        let mut command = cmd("ZRANGE");
        command
            .arg(serving.key("active"))
            .arg("+inf")
            .arg(format!("({}", now.millis() - ACTIVE_MS));
        command
            .arg("BYSCORE")
            .arg("REV")
            .arg("LIMIT")
            .arg(0)
            .arg(limit)
            .arg("WITHSCORES");
        let scored: Vec<(Vec<u8>, i64)> = serving.command(&command).await?;
        let listener =
            |(id, at): &(Vec<u8>, i64)| Some((ListenerId(Uuid::from_slice(id).ok()?), Time::from_millis(*at)));
        Ok(scored.iter().filter_map(listener).collect())
    }
}

fn ids(scored: &Scored) -> Vec<(Uuid, u64)> {
    scored
        .iter()
        .filter_map(|(id, plays)| Some((Uuid::from_slice(id).ok()?, *plays)))
        .collect()
}
