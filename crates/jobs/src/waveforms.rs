//! The job `waveforms`: makes the waveforms of audio that has none: sent before there were any, or so long that its upload did
//! not wait. Each object is a step; a waveform that is there stays.

use std::time::Duration;

use media::{Objects, Parser, Spool, WaveformError};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::{JobKind, Waveform};
use uuid::Uuid;

use crate::{Claim, Handler, JobError};

/// Objects that are looked up at once.
const BATCH: i64 = 100;
/// For decoding one file: a day of sound, on a slow machine.
const PATIENCE: Duration = Duration::from_mins(10);

/// Asks for the waveforms that are not there.
#[derive(Serialize, Deserialize)]
pub struct Waveforms {}

impl JobKind for Waveforms {
    const NAME: &'static str = "waveforms";

    fn key(&self) -> Option<String> {
        Some("all".to_owned())
    }
}

/// Makes waveforms.
pub struct WaveformMaker {
    pub objects: Objects,
    pub spool: Spool,
    pub parser: Parser,
    /// Largest file.
    pub max_bytes: u64,
}

/// Where the job is.
#[derive(Default, Serialize, Deserialize)]
struct Cursor {
    after: String,
    made: u64,
    refused: u64,
    /// Whether this pass is a second look that has found nothing: keys are in no order of time, so what comes in meanwhile may
    /// stand before `after`.
    #[serde(default)]
    is_last: bool,
}

impl Handler for WaveformMaker {
    type Kind = Waveforms;

    async fn run(&self, job: &mut Claim<Waveforms>) -> Result<Value, JobError> {
        let mut at: Cursor = job.cursor()?.unwrap_or_default();
        loop {
            let mut unit = job.begin().await?;
            if job.total().is_none() {
                job.set_total(unit.count_without_waveform().await?);
            }
            let keys = unit.audio_without_waveform(&at.after, BATCH).await?;
            // No transaction stays open while files are decoded: Postgres ends one that is idle for 10 s.
            unit.roll_back().await?;
            if keys.is_empty() {
                if at.is_last {
                    return Ok(json!({"made": at.made, "refused": at.refused}));
                }
                (at.after, at.is_last) = (String::new(), true);
            }
            for key in keys {
                let waveform = self.make(&key).await?;
                match &waveform {
                    Some(Waveform::Peaks(_)) => at.made += 1,
                    Some(Waveform::Refused(_)) => at.refused += 1,
                    None => {}
                }
                at.is_last &= waveform.is_none();
                let mut unit = job.begin().await?;
                if let Some(waveform) = &waveform {
                    unit.keep_waveform(&key, waveform).await?;
                }
                at.after = key;
                job.commit(unit, 1, &at).await?;
            }
        }
    }
}

impl WaveformMaker {
    /// None: the object went away meanwhile.
    async fn make(&self, key: &str) -> Result<Option<Waveform>, JobError> {
        let object = match self.objects.get(key, None).await {
            Err(media::ObjectError::NotFound) => return Ok(None),
            got => got?,
        };
        // Nobody's share of the folder: it is the service's own work, one file at a time.
        let file = self.spool.receive(object.stream, self.max_bytes, Uuid::nil()).await;
        let file = file.map_err(|error| JobError::Failed(format!("{key}: {error}")))?;
        match self.parser.waveform(&file, PATIENCE).await {
            Ok(peaks) => Ok(Some(Waveform::Peaks(peaks))),
            Err(WaveformError::Unreadable(error)) => Err(JobError::Failed(error.to_string())),
            Err(refused @ (WaveformError::NotDecoded(_) | WaveformError::TooSlow(_))) => {
                tracing::info!(key, %refused, "audio has no waveform");
                Ok(Some(Waveform::Refused(refused.to_string())))
            }
        }
    }
}
