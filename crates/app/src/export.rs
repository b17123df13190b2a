//! `jonquil export`: data sets as Parquet files in a folder, with a manifest that says what they hold.

use std::{
    io,
    path::{Path, PathBuf},
};

use chrono::{Datelike as _, Months, NaiveDate, NaiveTime};
use events::Time;
use read_analytics::{Analytics, AnalyticsUnavailable, DataSet};
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use tokio::{
    fs::{self, File},
    io::AsyncWriteExt as _,
};

use crate::{Config, clock};

/// What is exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum Exported {
    /// Each listen once, whole: a file a month.
    Listens,
    /// Who heard what when, in sessions, and what must not be recommended.
    Interactions,
}

/// Which listens, and where the files go.
#[derive(clap::Args)]
pub struct ExportOptions {
    /// listens or interactions.
    #[arg(value_enum)]
    pub what: Exported,
    /// From this moment on: RFC 3339 or a UTC day.
    #[arg(long, value_parser = moment)]
    pub from: Time,
    /// Before this moment; now if it is absent.
    #[arg(long, value_parser = moment)]
    pub until: Option<Time>,
    /// Interactions before it are for training, the others for testing.
    #[arg(long, value_parser = moment)]
    pub split: Option<Time>,
    /// A folder; it is made if it is not there.
    #[arg(long = "to")]
    pub folder: PathBuf,
}

/// RFC 3339, or a UTC day, which is its first moment.
fn moment(text: &str) -> Result<Time, String> {
    let text = if text.len() == 10 {
        &format!("{text}T00:00:00Z")
    } else {
        text
    };
    let moment = text.parse::<chrono::DateTime<chrono::Utc>>();
    moment
        .map(Time::from)
        .map_err(|_| "must be like 2026-01-31 or 2026-01-31T12:00:00Z".to_owned())
}

/// Why there is no export, or only some of its files and no manifest.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    #[error("{0}")]
    Range(&'static str),
    #[error(transparent)]
    Analytics(#[from] AnalyticsUnavailable),
    #[error("{}: {reason}", path.display())]
    File { path: PathBuf, reason: io::Error },
}

/// The last file that is written: without it an export is not whole.
#[derive(Serialize)]
struct Manifest {
    data_set: Exported,
    from: Time,
    until: Time,
    #[serde(skip_serializing_if = "Option::is_none")]
    split: Option<Time>,
    /// The database that was read; its name has the version of the schema.
    database: String,
    /// For each topic and partition the offset up to which everything was read.
    offsets: Vec<Offset>,
    files: Vec<Written>,
}

#[derive(Serialize)]
struct Offset {
    topic: String,
    partition: i32,
    next: i64,
}

#[derive(Serialize)]
struct Written {
    name: String,
    from: Time,
    until: Time,
    rows: Option<u64>,
    bytes: u64,
    sha256: String,
}

/// One file to be.
struct Planned {
    name: String,
    set: DataSet,
    from: Time,
    until: Time,
}

/// Writes the files and then the manifest; returns how many rows they have. `progress` gets each file's name and rows.
pub async fn export(
    config: &Config,
    options: &ExportOptions,
    mut progress: impl FnMut(&str, u64),
) -> Result<u64, ExportError> {
    let until = options.until.unwrap_or_else(clock::now);
    let planned = plan(options, until)?;
    let analytics = Analytics::new(&config.analytics);
    let (database, positions) = analytics.export_source().await?;
    let at = |path: &Path| {
        let path = path.to_owned();
        move |reason| ExportError::File { path, reason }
    };
    fs::create_dir_all(&options.folder).await.map_err(at(&options.folder))?;
    let mut files = Vec::with_capacity(planned.len());
    for file in planned {
        let written = write(&analytics, &options.folder, file).await?;
        progress(&written.name, written.rows.unwrap_or_default());
        files.push(written);
    }
    let rows = files.iter().filter_map(|file| file.rows).sum();
    let offsets = positions.iter().map(|position| Offset {
        topic: position.topic.name().to_owned(),
        partition: position.partition,
        next: position.next,
    });
    let mut manifest = Manifest {
        data_set: options.what,
        from: options.from,
        until,
        split: options.split,
        database,
        offsets: offsets.collect(),
        files,
    };
    manifest
        .offsets
        .sort_by(|a, b| (&a.topic, a.partition).cmp(&(&b.topic, b.partition)));
    let path = options.folder.join("manifest.json");
    let text = serde_json::to_vec_pretty(&manifest)
        .map_err(io::Error::other)
        .map_err(at(&path))?;
    fs::write(&path, text).await.map_err(at(&path))?;
    Ok(rows)
}

fn plan(options: &ExportOptions, until: Time) -> Result<Vec<Planned>, ExportError> {
    let (from, split) = (options.from, options.split);
    if from >= until {
        return Err(ExportError::Range("--from must be before --until"));
    }
    if split.is_some_and(|split| split <= from || split >= until) {
        return Err(ExportError::Range("--split must be after --from and before --until"));
    }
    let file = |name: String, set, from, until| Planned { name, set, from, until };
    Ok(match (options.what, split) {
        (Exported::Listens, Some(_)) => return Err(ExportError::Range("--split is for interactions")),
        (Exported::Listens, None) => {
            let month = |(from, until): (Time, Time)| {
                file(
                    format!("listens-{}.parquet", from.day().format("%Y-%m")),
                    DataSet::Listens,
                    from,
                    until,
                )
            };
            months(from, until).into_iter().map(month).collect()
        }
        (Exported::Interactions, split) => {
            let mut files = match split {
                Some(split) => vec![
                    file("train.parquet".to_owned(), DataSet::Interactions, from, split),
                    file("test.parquet".to_owned(), DataSet::Interactions, split, until),
                ],
                None => vec![file(
                    "interactions.parquet".to_owned(),
                    DataSet::Interactions,
                    from,
                    until,
                )],
            };
            files.push(file(
                "do-not-recommend.parquet".to_owned(),
                DataSet::DoNotRecommend,
                from,
                until,
            ));
            files
        }
    })
}

/// A range cut at the first moment of each UTC month.
fn months(from: Time, until: Time) -> Vec<(Time, Time)> {
    let (mut parts, mut begin) = (Vec::new(), from);
    while begin < until {
        let day = begin.day();
        let first = NaiveDate::from_ymd_opt(day.year(), day.month(), 1).unwrap_or(day);
        let next = first.checked_add_months(Months::new(1));
        let end = next.map_or(until, |next| {
            Time::from(next.and_time(NaiveTime::MIN).and_utc()).min(until)
        });
        parts.push((begin, end));
        begin = end;
    }
    parts
}

/// Under another name until it is whole.
async fn write(analytics: &Analytics, folder: &Path, planned: Planned) -> Result<Written, ExportError> {
    let (path, part) = (
        folder.join(&planned.name),
        folder.join(format!("{}.part", planned.name)),
    );
    let at = |reason| ExportError::File {
        path: part.clone(),
        reason,
    };
    let mut file = File::create(&part).await.map_err(at)?;
    let mut stream = analytics.export(planned.set, planned.from, planned.until).await?;
    let (mut bytes, mut hash) = (0, Sha256::new());
    while let Some(piece) = stream.next().await? {
        hash.update(&piece);
        bytes += piece.len() as u64;
        file.write_all(&piece).await.map_err(at)?;
    }
    file.sync_all().await.map_err(at)?;
    fs::rename(&part, &path).await.map_err(at)?;
    Ok(Written {
        name: planned.name,
        from: planned.from,
        until: planned.until,
        rows: stream.rows(),
        bytes,
        sha256: format!("{:x}", hash.finalize()),
    })
}

#[cfg(test)]
mod tests {
    use events::Time;

    use super::months;

    #[test]
    fn a_range_is_cut_at_months_and_nothing_of_it_is_left_out() {
        let time = |text: &str| Time::from(text.parse::<chrono::DateTime<chrono::Utc>>().unwrap_or_default());
        let (from, until) = (time("2025-11-20T10:00:00Z"), time("2026-01-01T00:00:00Z"));
        let parts = months(from, until);
        assert_eq!(
            parts,
            [
                (from, time("2025-12-01T00:00:00Z")),
                (time("2025-12-01T00:00:00Z"), until)
            ]
        );
        assert_eq!(months(from, from.plus(chrono::TimeDelta::milliseconds(1))).len(), 1);
    }
}
