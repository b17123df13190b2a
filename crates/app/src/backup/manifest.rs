//! What a backup holds: `manifest.json`, the last file that is written.

use events::Time;
use serde::{Deserialize, Serialize};
use store::{ColumnNumbers, CopiedTable};

use super::BackupContents;

/// Raised when a version before could not read it.
pub(super) const FORMAT: u32 = 1;

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Manifest {
    pub format: u32,
    /// Of Jonquil, when it was written.
    pub version: String,
    pub began_at: Time,
    pub ended_at: Time,
    /// The folder of its tables and topics.
    pub run: String,
    /// Of Postgres, oldest first: what the schema is.
    pub migrations: Vec<String>,
    pub numbers: Vec<ColumnNumbers>,
    /// Parents before their children.
    pub tables: Vec<TableFile>,
    pub topics: Vec<PartitionFile>,
    pub objects: ObjectList,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TableFile {
    pub table: CopiedTable,
    pub rows: u64,
    pub file: PackedFile,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PartitionFile {
    /// Without a deployment's prefix.
    pub topic: String,
    pub partition: i32,
    /// Where the partition ended: every message before it was copied.
    pub end: i64,
    pub messages: u64,
    /// None without messages.
    pub file: Option<PackedFile>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ObjectList {
    pub objects: u64,
    pub bytes: u64,
    /// A line for each: [`ObjectEntry`].
    pub file: PackedFile,
}

/// A file that gzip reads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PackedFile {
    /// In the backup's folder.
    pub name: String,
    /// Of the file as it is on the disk, as the hash.
    pub bytes: u64,
    pub sha256: String,
}

/// A line of the list of objects.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ObjectEntry {
    pub key: String,
    pub size_bytes: u64,
    pub content_type: Option<String>,
    pub sha256: String,
    /// The file below `objects/` that has its bytes.
    pub file: String,
}

impl Manifest {
    pub(super) fn contents(&self) -> BackupContents {
        BackupContents {
            rows: self.tables.iter().map(|table| table.rows).sum(),
            messages: self.topics.iter().map(|partition| partition.messages).sum(),
            objects: self.objects.objects,
            bytes: self.objects.bytes,
            kept_objects: 0,
        }
    }
}
