//! The register of generations: a table beside their databases, in a database that has the config's name.

use clickhouse::{Client, Row, sql::Identifier};
use events::Time;
use projector::{Generation, Position, ReadModel, Stage, Unavailable};
use serde::{Deserialize, Serialize};

use crate::{Analytics, AnalyticsProjection, AnalyticsUnavailable, SCHEMA};

/// The latest stage of each generation stays, whoever wrote it and however often.
const REGISTER: &str = "CREATE TABLE IF NOT EXISTS generations (number UInt32, schema String, stage UInt8, since Int64)
    ENGINE = ReplacingMergeTree(stage) ORDER BY number";

/// ClickHouse knows no such database (81) or no such table (60).
pub(crate) const NO_REGISTER: [&str; 2] = ["Code: 81.", "Code: 60."];

#[derive(Row, Serialize, Deserialize)]
struct GenerationRow {
    number: u32,
    schema: String,
    stage: u8,
    since: i64,
}

impl Analytics {
    fn register(&self) -> Client {
        self.server().clone().with_database(self.base())
    }

    async fn registered(&self) -> Result<Vec<Generation>, AnalyticsUnavailable> {
        let sql = "SELECT ?fields FROM generations FINAL";
        let rows = self.bounded(self.register().query(sql).fetch_all::<GenerationRow>());
        let rows = match rows.await {
            Err(error) if NO_REGISTER.iter().any(|code| error.reason.contains(code)) => return Ok(Vec::new()),
            rows => rows?,
        };
        let generation = |row: GenerationRow| {
            Some(Generation {
                number: row.number,
                schema: row.schema,
                // None: of a later version of this service, which will not be read here.
                stage: Stage::of_rank(row.stage)?,
                since: Time::from_millis(row.since),
            })
        };
        Ok(rows.into_iter().filter_map(generation).collect())
    }

    async fn write_down(&self, generation: &Generation) -> Result<(), AnalyticsUnavailable> {
        let create = self.server().query("CREATE DATABASE IF NOT EXISTS ?");
        self.bounded(create.bind(Identifier(self.base())).execute()).await?;
        let register = self.register();
        self.bounded(register.query(REGISTER).execute()).await?;
        let row = GenerationRow {
            number: generation.number,
            schema: generation.schema.clone(),
            stage: generation.stage.rank(),
            since: generation.since.millis(),
        };
        self.bounded(async {
            let mut insert = register.insert::<GenerationRow>("generations").await?;
            insert.write(&row).await?;
            insert.end().await
        })
        .await
    }
}

impl ReadModel for Analytics {
    type Projection = AnalyticsProjection;
    const SCHEMA: &'static str = SCHEMA;

    fn at(&self, generation: u32) -> Self {
        Self::at(self, generation)
    }

    fn projection(&self) -> AnalyticsProjection {
        AnalyticsProjection::new(self.clone())
    }

    async fn generations(&self) -> Result<Vec<Generation>, Unavailable> {
        Ok(self.registered().await?)
    }

    async fn record(&self, generation: &Generation) -> Result<(), Unavailable> {
        Ok(self.write_down(generation).await?)
    }

    async fn install(&self, ends: &[Position]) -> Result<(), Unavailable> {
        Ok(Self::install(self, ends).await?)
    }

    async fn erase(&self) -> Result<(), Unavailable> {
        Ok(Self::erase(self).await?)
    }

    async fn positions(&self) -> Result<Vec<Position>, Unavailable> {
        Ok(Self::positions(self).await?)
    }

    async fn until(&self) -> Result<Vec<Position>, Unavailable> {
        Ok(Self::until(self).await?)
    }

    async fn is_prepared(&self, now: Time) -> Result<bool, Unavailable> {
        Ok(self.has_rollups(now).await?)
    }
}
