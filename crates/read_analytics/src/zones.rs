//! Time zones, as ClickHouse knows them.

use std::{collections::HashSet, fmt};

use clickhouse::Row;
use serde::Deserialize;

use crate::{Analytics, AnalyticsUnavailable};

/// A time zone of the IANA database that ClickHouse has. It may stand in a query.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Zone(String);

impl Zone {
    /// UTC.
    #[must_use]
    pub fn utc() -> Self {
        Self("UTC".to_owned())
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[derive(Row, Deserialize)]
struct Name {
    time_zone: String,
}

impl Analytics {
    /// The zone of that name; none when there is none. UTC needs no engine; the names are asked for once.
    pub async fn zone(&self, name: &str) -> Result<Option<Zone>, AnalyticsUnavailable> {
        if name == "UTC" {
            return Ok(Some(Zone::utc()));
        }
        let names = self.zones().get_or_try_init(async || {
            let sql = "SELECT time_zone FROM system.time_zones";
            let names: Vec<Name> = self.bounded(self.server().query(sql).fetch_all()).await?;
            // A name stands between quotes in queries.
            let is_plain = |name: &String| name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_+-/".contains(&b));
            let names = names.into_iter().map(|name| name.time_zone).filter(is_plain);
            Ok::<_, AnalyticsUnavailable>(names.collect::<HashSet<_>>())
        });
        Ok(names.await?.get(name).map(|name| Zone(name.clone())))
    }
}
