//! `jonquil restore`: fills empty stores from a backup.
//!
//! Everything is looked at before anything is written: files against the manifest, then each store. Postgres comes last and in
//! one transaction, so a restore that was killed has no rows, and goes on when it is run again.

use std::path::PathBuf;

use media::Objects;
use store::{NotRestored, Restoration, known_migrations};

use super::{
    BackupContents, BackupError, BackupProgress,
    folder::Folder,
    manifest::{Manifest, TableFile},
    objects, packed, tables, topics,
};
use crate::Config;

/// A store that may be restored without the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum RestorePart {
    /// Audio and covers.
    Objects,
    /// Kafka.
    Topics,
    /// The database.
    Postgres,
}

/// What is restored.
#[derive(clap::Args)]
pub struct RestoreOptions {
    /// The folder of the backup.
    folder: PathBuf,
    /// Only this store, where the others were not lost; may be repeated.
    #[arg(long = "only", value_enum)]
    only: Vec<RestorePart>,
}

impl RestoreOptions {
    fn has(&self, part: RestorePart) -> bool {
        self.only.is_empty() || self.only.contains(&part)
    }
}

/// Restores a backup into stores that are empty, and makes schema, topics and bucket where they are missing. No role may run.
pub async fn restore(
    config: &Config,
    options: &RestoreOptions,
    progress: &mut BackupProgress<'_>,
) -> Result<BackupContents, BackupError> {
    let folder = Folder::open(&options.folder)?;
    let manifest = folder.manifest()?.ok_or_else(|| {
        let reason = format!("{} holds no backup that is whole", options.folder.display());
        BackupError::Refused(reason)
    })?;
    if !known_migrations()?.starts_with(&manifest.migrations) {
        let reason = format!(
            "the backup is of version {}, whose schema this version lacks",
            manifest.version
        );
        return Err(BackupError::Refused(reason));
    }
    for file in manifest.files() {
        packed::check(folder.root(), file)?;
        progress.at(|| format!("checking {}", file.name));
    }
    let (bucket, bus) = (Objects::new(&config.media), &config.bus);
    if options.has(RestorePart::Postgres) {
        // Dropped again: it would be held for as long as the objects take.
        drop(begin(config, &manifest).await?);
    }
    let filled = if options.has(RestorePart::Topics) {
        Some(topics::look(bus, &manifest, &folder).await?)
    } else {
        None
    };
    let mut restored = BackupContents::default();
    if options.has(RestorePart::Objects) {
        let holds_some = objects::look(&bucket, &manifest, &folder).await?;
        restored.kept_objects = objects::restore(&bucket, &manifest, &folder, holds_some, progress).await?;
        (restored.objects, restored.bytes) = (manifest.objects.objects, manifest.objects.bytes);
    }
    if let Some(filled) = &filled {
        restored.messages = topics::restore(bus, &manifest, &folder, filled, progress).await?;
    }
    if options.has(RestorePart::Postgres) {
        let restoration = begin(config, &manifest).await?;
        restored.rows = tables::restore(restoration, &manifest, &folder, filled.is_some(), progress).await?;
    }
    Ok(restored)
}

async fn begin(config: &Config, manifest: &Manifest) -> Result<Restoration, BackupError> {
    let wanted: Vec<_> = manifest
        .tables
        .iter()
        .map(|TableFile { table, .. }| table.clone())
        .collect();
    let begun = Restoration::begin(&config.store, &wanted, &manifest.migrations).await;
    begun.map_err(|error| match error {
        NotRestored::Store(error) => error.into(),
        refused => BackupError::Refused(refused.to_string()),
    })
}
