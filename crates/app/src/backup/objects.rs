//! The objects of the bucket: a file each, named by what it is a copy of, so that the same object is copied once.

use std::{
    collections::HashSet,
    fs::{self, File},
    io::Write as _,
    path::{Path, PathBuf},
};

use events::Time;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use media::{ListedObject, ObjectError, ObjectStream, Objects};
use sha2::{Digest as _, Sha256};

use super::{
    BackupError, BackupProgress, at,
    folder::Folder,
    manifest::{Manifest, ObjectEntry, ObjectList},
    of_object,
    packed::{self, PackedReader, PackedWriter},
};

/// Objects on the way at the same time.
const AT_ONCE: usize = 8;
/// Where the server did not say what an object is.
const ANY_BYTES: &str = "application/octet-stream";

/// The list of the backup before: its hashes need not be made again.
pub(super) struct Known {
    lines: Option<PackedReader>,
    next: Option<ObjectEntry>,
}

impl Known {
    pub(super) fn new(folder: &Folder, before: Option<&Manifest>) -> Self {
        let opened = before.map(|manifest| PackedReader::open(folder.root(), &manifest.objects.file));
        let mut known = Self {
            lines: opened.and_then(readable),
            next: None,
        };
        known.advance();
        known
    }

    fn advance(&mut self) {
        self.next = self.lines.as_mut().and_then(|lines| readable(lines.line()).flatten());
        if self.next.is_none() {
            self.lines = None;
        }
    }

    /// Asked in the order of keys, as the bucket lists them; one that is missed is only hashed again.
    fn find(&mut self, key: &str, file: &str) -> Option<ObjectEntry> {
        while self.next.as_ref().is_some_and(|next| next.key.as_str() < key) {
            self.advance();
        }
        let is_it = |next: &&ObjectEntry| next.key == key && next.file == file;
        self.next.as_ref().filter(is_it).cloned()
    }
}

/// A backup before that is damaged must not keep anybody from making a new one.
fn readable<T>(read: Result<T, BackupError>) -> Option<T> {
    read.inspect_err(|error| tracing::warn!(%error, "the list of the backup before is damaged, hashing objects again"))
        .ok()
}

/// The file that has the bytes of an object: another object under the same key has another one.
fn file_name(key: &str, size_bytes: u64, tag: &str) -> String {
    let tag = tag.trim_matches('"');
    format!("{:x}", Sha256::digest(format!("{key}\n{size_bytes}\n{tag}")))
}

/// Lists the bucket and copies what is not there yet. Also how many objects were there.
pub(super) async fn copy(
    bucket: &Objects,
    folder: &Folder,
    (run, began): (&str, Time),
    mut known: Known,
    progress: &mut BackupProgress<'_>,
) -> Result<(ObjectList, u64), BackupError> {
    let mut list = PackedWriter::create(folder.root(), &format!("{run}/objects.jsonl.gz"))?;
    let (mut objects, mut bytes, mut kept, mut after) = (0, 0, 0, None::<String>);
    loop {
        let page = bucket.list(after.as_deref()).await;
        let page = page.map_err(of_object("of the bucket's list"))?;
        let Some(end) = page.last() else { break };
        after = Some(end.key.clone());
        let mut planned = Vec::with_capacity(page.len());
        for listed in page {
            let stored_at = listed.stored_at.map(|time| time.to_rfc3339());
            let tag = listed.etag.clone().or(stored_at).unwrap_or_default();
            let file = file_name(&listed.key, listed.size_bytes, &tag);
            planned.push((known.find(&listed.key, &file), listed, file));
        }
        let copies = planned.into_iter();
        let copies = copies.map(|(known, listed, file)| keep_or_copy(bucket, folder, known, listed, file));
        let mut copies = stream::iter(copies).buffered(AT_ONCE);
        while let Some(copy) = copies.try_next().await? {
            // Deleted since it was listed: no row names it.
            let Some((entry, was_there)) = copy else { continue };
            Folder::mark(&folder.object(&entry.file), began)?;
            list.write_line(&entry)?;
            objects += 1;
            bytes += entry.size_bytes;
            kept += u64::from(was_there);
            progress.at(|| format!("{objects} objects, {bytes} bytes, {kept} of them there before"));
        }
    }
    let file = list.finish()?;
    Ok((ObjectList { objects, bytes, file }, kept))
}

/// None when there is no such object any more; otherwise also whether it was there.
async fn keep_or_copy(
    bucket: &Objects,
    folder: &Folder,
    known: Option<ObjectEntry>,
    listed: ListedObject,
    file: String,
) -> Result<Option<(ObjectEntry, bool)>, BackupError> {
    let path = folder.object(&file);
    let is_there = fs::metadata(&path).is_ok_and(|found| found.len() == listed.size_bytes);
    if !is_there {
        let copied = download(bucket, folder, &listed).await?;
        return Ok(copied.map(|entry| (entry, false)));
    }
    if let Some(known) = known {
        return Ok(Some((known, true)));
    }
    // A killed run has copied it, and left no list.
    let info = match bucket.head(&listed.key).await {
        Err(ObjectError::NotFound) => return Ok(None),
        info => info.map_err(of_object(&listed.key))?,
    };
    let (size_bytes, sha256) = hash(path).await?;
    let entry = ObjectEntry {
        key: listed.key,
        size_bytes,
        content_type: info.content_type,
        sha256,
        file,
    };
    Ok(Some((entry, true)))
}

async fn download(
    bucket: &Objects,
    folder: &Folder,
    listed: &ListedObject,
) -> Result<Option<ObjectEntry>, BackupError> {
    let ObjectStream {
        size_bytes,
        content_type,
        etag,
        mut stream,
        ..
    } = match bucket.get(&listed.key, None).await {
        Err(ObjectError::NotFound) => return Ok(None),
        opened => opened.map_err(of_object(&listed.key))?,
    };
    let stored_at = listed.stored_at.map(|time| time.to_rfc3339());
    let tag = etag.or(stored_at).unwrap_or_default();
    let file = file_name(&listed.key, size_bytes, &tag);
    let path = folder.object(&file);
    let part = path.with_extension("part");
    if let Some(shard) = path.parent() {
        fs::create_dir_all(shard).map_err(at(shard))?;
    }
    let mut out = File::create(&part).map_err(at(&part))?;
    let (mut received, mut sha256) = (0, Sha256::new());
    while let Some(piece) = stream.next().await {
        let piece = piece.map_err(of_object(&listed.key))?;
        received += piece.len() as u64;
        sha256.update(&piece);
        out.write_all(&piece).map_err(at(&part))?;
    }
    if received != size_bytes {
        let reason = ObjectError::Unavailable(format!("{received} of {size_bytes} bytes came"));
        return Err(of_object(&listed.key)(reason));
    }
    fs::rename(&part, &path).map_err(at(&path))?;
    Ok(Some(ObjectEntry {
        key: listed.key.clone(),
        size_bytes,
        content_type,
        sha256: format!("{:x}", sha256.finalize()),
        file,
    }))
}

/// On a thread of its own: others go on meanwhile.
async fn hash(path: PathBuf) -> Result<(u64, String), BackupError> {
    let of = path.clone();
    let hashed = tokio::task::spawn_blocking(move || packed::hash(&path)).await;
    hashed.map_err(std::io::Error::other).map_err(at(&of))?
}

/// Refuses a backup that lacks objects, and a bucket that holds any that are not of this backup. Whether it holds some.
pub(super) async fn look(bucket: &Objects, manifest: &Manifest, folder: &Folder) -> Result<bool, BackupError> {
    let failed = of_object("of the bucket's list");
    bucket.ensure_bucket().await.map_err(&failed)?;
    let mut page = bucket.list(None).await.map_err(&failed)?;
    let holds_some = !page.is_empty();
    let mut keys = HashSet::new();
    let mut list = PackedReader::open(folder.root(), &manifest.objects.file)?;
    while let Some(entry) = list.line::<ObjectEntry>()? {
        let path = folder.object(&entry.file);
        let found = fs::metadata(&path).map_err(at(&path))?;
        if !is_file_name(&entry.file) || found.len() != entry.size_bytes {
            return Err(packed::damaged(&path));
        }
        // After a restore that was killed; a hash takes less memory than a key.
        if holds_some {
            keys.insert(hash_of_key(&entry.key));
        }
    }
    while let Some(last) = page.last().map(|last| last.key.clone()) {
        if let Some(other) = page.iter().find(|object| !keys.contains(&hash_of_key(&object.key))) {
            let reason = format!("the bucket is not empty: it holds {}", other.key);
            return Err(BackupError::Refused(reason));
        }
        page = bucket.list(Some(&last)).await.map_err(&failed)?;
    }
    Ok(holds_some)
}

fn hash_of_key(key: &str) -> [u8; 16] {
    let mut half = [0; 16];
    half.copy_from_slice(&Sha256::digest(key)[..16]);
    half
}

fn is_file_name(name: &str) -> bool {
    name.len() == 64 && name.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Stores every object that is not there. How many were.
pub(super) async fn restore(
    bucket: &Objects,
    manifest: &Manifest,
    folder: &Folder,
    holds_some: bool,
    progress: &mut BackupProgress<'_>,
) -> Result<u64, BackupError> {
    let mut list = PackedReader::open(folder.root(), &manifest.objects.file)?;
    let (mut done, mut kept) = (0_u64, 0);
    loop {
        let mut entries = Vec::with_capacity(AT_ONCE * 16);
        while entries.len() < AT_ONCE * 16
            && let Some(entry) = list.line::<ObjectEntry>()?
        {
            entries.push(entry);
        }
        if entries.is_empty() {
            return Ok(kept);
        }
        let stored = entries.into_iter();
        let stored = stored.map(|entry| keep_or_store(bucket, folder, entry, holds_some));
        let mut stored = stream::iter(stored).buffered(AT_ONCE);
        while let Some(was_there) = stored.try_next().await? {
            done += 1;
            kept += u64::from(was_there);
            progress.at(|| format!("{done} of {} objects", manifest.objects.objects));
        }
        fail::fail_point!("restore::objects");
    }
}

async fn keep_or_store(
    bucket: &Objects,
    folder: &Folder,
    entry: ObjectEntry,
    may_be_there: bool,
) -> Result<bool, BackupError> {
    let failed = of_object(&entry.key);
    if may_be_there && let Some(sha256) = stored_hash(bucket, &entry.key).await.map_err(&failed)? {
        if sha256 == entry.sha256 {
            return Ok(true);
        }
        let reason = format!("the bucket is not empty: it holds another {}", entry.key);
        return Err(BackupError::Refused(reason));
    }
    let path = folder.object(&entry.file);
    let (size_bytes, sha256) = hash(path.clone()).await?;
    if (size_bytes, &sha256) != (entry.size_bytes, &entry.sha256) {
        return Err(packed::damaged(&path));
    }
    store(bucket, &entry, &path).await.map_err(failed)?;
    Ok(false)
}

async fn store(bucket: &Objects, entry: &ObjectEntry, path: &Path) -> Result<(), ObjectError> {
    let content_type = entry.content_type.as_deref().unwrap_or(ANY_BYTES);
    bucket.put_file(&entry.key, path, content_type).await.map(drop)
}

/// Of an object in the bucket; none when there is none.
async fn stored_hash(bucket: &Objects, key: &str) -> Result<Option<String>, ObjectError> {
    let mut stream = match bucket.get(key, None).await {
        Ok(opened) => opened.stream,
        Err(ObjectError::NotFound) => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut sha256 = Sha256::new();
    while let Some(piece) = stream.try_next().await? {
        sha256.update(&piece);
    }
    Ok(Some(format!("{:x}", sha256.finalize())))
}
