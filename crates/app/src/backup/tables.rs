//! The tables of Postgres.

use store::{CopiedUntil, Restoration, Snapshot};

use super::{
    BackupError, BackupProgress,
    folder::Folder,
    manifest::{Manifest, TableFile},
    packed::{PackedReader, PackedWriter},
};

/// Every table, a file each.
pub(super) async fn copy(
    snapshot: &Snapshot,
    folder: &Folder,
    run: &str,
    progress: &mut BackupProgress<'_>,
) -> Result<Vec<TableFile>, BackupError> {
    let mut files = Vec::with_capacity(snapshot.tables.len());
    for table in &snapshot.tables {
        let mut out = PackedWriter::create(folder.root(), &format!("{run}/tables/{}.copy.gz", table.name))?;
        let mut rows = 0;
        let mut lines = snapshot.rows(table).await?;
        while let Some(row) = lines.next().await? {
            out.write(&row)?;
            rows += 1;
            progress.at(|| format!("table {}: {rows} rows", table.name));
        }
        files.push(TableFile {
            table: table.clone(),
            rows,
            file: out.finish()?,
        });
    }
    Ok(files)
}

/// Fills every table and commits; until then there is nothing.
pub(super) async fn restore(
    restoration: Restoration,
    manifest: &Manifest,
    folder: &Folder,
    are_topics_restored: bool,
    progress: &mut BackupProgress<'_>,
) -> Result<u64, BackupError> {
    let mut all = 0;
    for TableFile { table, rows, file } in &manifest.tables {
        let mut lines = PackedReader::open(folder.root(), file)?;
        let mut fill = restoration.fill(table).await?;
        while let Some(piece) = lines.piece()? {
            fill.send(piece).await?;
            progress.at(|| format!("table {} of {rows} rows", table.name));
        }
        let filled = fill.finish().await?;
        if filled != *rows {
            let reason = format!("table {} has {filled} rows instead of {rows}", table.name);
            return Err(BackupError::Refused(reason));
        }
        all += rows;
    }
    fail::fail_point!("restore::tables");
    let until = |partition: &super::manifest::PartitionFile| CopiedUntil {
        topic: partition.topic.clone(),
        partition: partition.partition,
        // Topics that were not lost have everything that was published.
        end: if are_topics_restored { partition.end } else { i64::MAX },
    };
    let copied: Vec<_> = manifest.topics.iter().map(until).collect();
    restoration.commit(&manifest.numbers, &copied).await?;
    Ok(all)
}
