//! The register of generations: a hash, number → `stage:since:schema`.

use events::Time;
use projector::{Generation, Position, ReadModel, Stage, Unavailable};
use redis::cmd;

use crate::{Counters, CountersProjection, SCHEMA};

/// None: of a later version of this service, which will not be read here.
fn generation(number: u32, record: &str) -> Option<Generation> {
    let mut parts = record.splitn(3, ':');
    Some(Generation {
        number,
        stage: Stage::of_rank(parts.next()?.parse().ok()?)?,
        since: Time::from_millis(parts.next()?.parse().ok()?),
        schema: parts.next()?.to_owned(),
    })
}

fn record(of: &Generation) -> String {
    format!("{}:{}:{}", of.stage.rank(), of.since.millis(), of.schema)
}

impl ReadModel for Counters {
    type Projection = CountersProjection;
    const SCHEMA: &'static str = SCHEMA;

    fn at(&self, generation: u32) -> Self {
        Self::at(self, generation)
    }

    fn projection(&self) -> CountersProjection {
        CountersProjection::new(self.clone())
    }

    async fn generations(&self) -> Result<Vec<Generation>, Unavailable> {
        let held: Vec<(u32, String)> = self.command(cmd("HGETALL").arg(self.register_key())).await?;
        let known = held.iter().filter_map(|(number, record)| generation(*number, record));
        Ok(known.collect())
    }

    async fn record(&self, generation: &Generation) -> Result<(), Unavailable> {
        let mut call = self.scripts().generation.prepare_invoke();
        call.key(self.register_key())
            .arg(generation.number)
            .arg(generation.stage.rank())
            .arg(record(generation));
        Ok(self.script(&call).await?)
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
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_generation_survives_its_record() {
        let of = Generation {
            number: 7,
            schema: "s2".to_owned(),
            stage: Stage::Retired,
            since: Time::from_millis(1_700_000_000_123),
        };
        assert_eq!(generation(7, &record(&of)), Some(of));
        assert_eq!(generation(7, "9:0:s9"), None);
    }
}
