//! The folder of a backup.
//!
//! `manifest.json` names the run that is whole: `run-…/` has its tables, its topics and its list of objects, `objects/` the
//! objects of every run. A new run is written beside it; then the manifest is replaced, and what it does not name goes.

use std::{
    fs::{self, DirBuilder, File},
    io,
    os::unix::fs::DirBuilderExt as _,
    path::{Component, Path, PathBuf},
    time::{Duration, SystemTime},
};

use events::Time;
use serde::Deserialize;

use super::{
    BackupError, at,
    manifest::{FORMAT, Manifest, PackedFile},
};

const MANIFEST: &str = "manifest.json";
const LOCK: &str = "lock";
const OBJECTS: &str = "objects";
/// Where every folder of a run begins, so that nothing else is ever removed.
const RUN: &str = "run-";
/// File systems keep times as coarse as this.
const COARSE: Duration = Duration::from_secs(2);

pub(super) struct Folder {
    root: PathBuf,
    /// Two commands in one folder would remove each other's files.
    _lock: File,
}

impl Folder {
    /// For a backup. Only whoever runs the command may read it: it holds addresses, and who heard what.
    pub(super) fn create(root: &Path) -> Result<Self, BackupError> {
        let made = DirBuilder::new().recursive(true).mode(0o700).create(root);
        made.map_err(at(root))?;
        let lock = root.join(LOCK);
        let is_ours = lock.exists();
        if !is_ours && fs::read_dir(root).map_err(at(root))?.next().is_some() {
            let reason = format!(
                "{} holds something else: a backup needs a folder of its own",
                root.display()
            );
            return Err(BackupError::Refused(reason));
        }
        let held = File::create(&lock).map_err(at(&lock))?;
        held.try_lock().map_err(io::Error::from).map_err(at(&lock))?;
        let objects = root.join(OBJECTS);
        fs::create_dir_all(&objects).map_err(at(&objects))?;
        Ok(Self {
            root: root.to_owned(),
            _lock: held,
        })
    }

    /// For a restore; it may be on a medium that cannot be written.
    pub(super) fn open(root: &Path) -> Result<Self, BackupError> {
        let lock = root.join(LOCK);
        let held = File::open(&lock).map_err(at(&lock))?;
        held.try_lock_shared().map_err(io::Error::from).map_err(at(&lock))?;
        Ok(Self {
            root: root.to_owned(),
            _lock: held,
        })
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// None before the first backup is whole.
    pub(super) fn manifest(&self) -> Result<Option<Manifest>, BackupError> {
        /// Of any format.
        #[derive(Deserialize)]
        struct Format {
            format: u32,
        }
        let path = self.root.join(MANIFEST);
        let text = match fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(at(&path)(error)),
        };
        let Format { format } = serde_json::from_slice(&text)
            .map_err(io::Error::from)
            .map_err(at(&path))?;
        if format != FORMAT {
            let reason = format!("the backup has format {format}, and this version reads {FORMAT}");
            return Err(BackupError::Refused(reason));
        }
        let manifest: Manifest = serde_json::from_slice(&text)
            .map_err(io::Error::from)
            .map_err(at(&path))?;
        if let Some(file) = manifest.files().find(|file| !is_inside(&file.name)) {
            let reason = format!("{} is outside of the backup", file.name);
            return Err(BackupError::Refused(reason));
        }
        Ok(Some(manifest))
    }

    /// Removes what killed runs left, and makes the folder of a new one; its name.
    pub(super) fn begin_run(&self, began: Time) -> Result<String, BackupError> {
        let whole = self.manifest()?.map(|manifest| manifest.run);
        self.remove_runs(|run| Some(run) == whole.as_deref())?;
        let run = format!("{RUN}{}", began.utc().format("%Y%m%dT%H%M%S%.3fZ"));
        let path = self.root.join(&run);
        fs::create_dir(&path).map_err(at(&path))?;
        Ok(run)
    }

    /// Where the bytes of an object are.
    pub(super) fn object(&self, file: &str) -> PathBuf {
        self.root
            .join(OBJECTS)
            .join(file.get(..2).unwrap_or_default())
            .join(file)
    }

    /// Marks the bytes of an object as those of the run that began then.
    pub(super) fn mark(path: &Path, began: Time) -> Result<(), BackupError> {
        let file = File::options().write(true).open(path).map_err(at(path))?;
        file.set_modified(moment(began)).map_err(at(path))
    }

    /// Makes a run the one that counts, once all of it is on the disk.
    pub(super) fn publish(&self, manifest: &Manifest) -> Result<(), BackupError> {
        let (path, part) = (self.root.join(MANIFEST), self.root.join("manifest.json.part"));
        let text = serde_json::to_vec_pretty(manifest)
            .map_err(io::Error::from)
            .map_err(at(&part))?;
        fs::write(&part, text).map_err(at(&part))?;
        let root = File::open(&self.root).map_err(at(&self.root))?;
        rustix::fs::syncfs(&root)
            .map_err(io::Error::from)
            .map_err(at(&self.root))?;
        fs::rename(&part, &path).map_err(at(&path))?;
        root.sync_all().map_err(at(&self.root))
    }

    /// Removes other runs, and objects that only they had.
    pub(super) fn prune(&self, whole: &Manifest) -> Result<(), BackupError> {
        self.remove_runs(|run| run == whole.run)?;
        let oldest = moment(whole.began_at) - COARSE;
        for shard in entries(&self.root.join(OBJECTS))? {
            for path in entries(&shard)? {
                let marked = fs::metadata(&path).and_then(|found| found.modified());
                if marked.map_err(at(&path))? < oldest {
                    fs::remove_file(&path).map_err(at(&path))?;
                }
            }
        }
        Ok(())
    }

    fn remove_runs(&self, is_kept: impl Fn(&str) -> bool) -> Result<(), BackupError> {
        for path in entries(&self.root)? {
            let name = path.file_name().and_then(|name| name.to_str());
            if name.is_some_and(|name| name.starts_with(RUN) && !is_kept(name)) {
                fs::remove_dir_all(&path).map_err(at(&path))?;
            }
        }
        Ok(())
    }
}

impl Manifest {
    /// Every file of the run.
    pub(super) fn files(&self) -> impl Iterator<Item = &PackedFile> {
        let tables = self.tables.iter().map(|table| &table.file);
        let topics = self.topics.iter().filter_map(|partition| partition.file.as_ref());
        tables.chain(topics).chain([&self.objects.file])
    }
}

/// A name that leads out of the folder was not written here.
fn is_inside(name: &str) -> bool {
    let mut parts = Path::new(name).components();
    !name.is_empty() && parts.all(|part| matches!(part, Component::Normal(_)))
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, BackupError> {
    let read = fs::read_dir(folder).map_err(at(folder))?;
    let paths: io::Result<Vec<_>> = read.map(|entry| Ok(entry?.path())).collect();
    paths.map_err(at(folder))
}

fn moment(time: Time) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_millis(u64::try_from(time.millis()).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{Folder, is_inside};

    #[test]
    fn a_folder_that_holds_something_else_is_refused_and_kept() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("letter.txt"), "dear").unwrap();
        assert!(Folder::create(folder.path()).is_err());
        assert!(folder.path().join("letter.txt").exists());
    }

    #[test]
    fn two_commands_do_not_work_in_one_folder() {
        let folder = tempfile::tempdir().unwrap();
        let first = Folder::create(folder.path()).unwrap();
        assert!(Folder::create(folder.path()).is_err());
        assert!(Folder::open(folder.path()).is_err());
        drop(first);
        assert!(Folder::open(folder.path()).is_ok());
    }

    #[test]
    fn names_that_lead_out_of_the_folder_are_refused() {
        assert!(is_inside("run-1/tables/users.copy.gz"));
        for name in ["/etc/passwd", "../x", "run-1/../../x", ""] {
            assert!(!is_inside(name), "{name}");
        }
    }
}
