//! Volumes of a chaos run that become full: a tmpfs for the data of Postgres, of the object store and of uploads in progress.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use nix::mount::{MsFlags, mount, umount};
use nix::sys::statvfs::statvfs;
use nix::unistd::geteuid;

use crate::checkout::Checkout;
use crate::engines::{self, ENGINES};
use crate::error::{Context, Error, Result};
use crate::files;

/// Room of each, in bytes. A tmpfs takes as much memory as is written.
const ROOM: u64 = 2 * 1024 * 1024 * 1024;
/// Uploads in progress.
const SPOOL: &str = "spool";
const VOLUMES: [&str; 3] = ["postgres", "s3", SPOOL];

/// One volume, mounted or not.
struct Volume {
    folder: PathBuf,
    /// Whether something works on it.
    is_in_use: bool,
}

/// Mounts them, empty; none of them when one cannot be. Returns the folder for uploads in progress.
pub fn mount_all(checkout: &Checkout) -> Result<PathBuf> {
    if !geteuid().is_root() {
        return Err(Error::new("it needs volumes of its own, and only root may mount them"));
    }
    // Made before, so that the start of the engines takes what is here for theirs, and not for leftovers of another checkout.
    engines::remove_orphans(checkout)?;
    files::make_folder(&checkout.engines())?;
    engines::variables(checkout)?;
    let mounted = VOLUMES.iter().try_for_each(|key| volume(checkout, key)?.mount());
    if let Err(error) = mounted {
        unmount_all(checkout)?;
        return Err(error);
    }
    Ok(volume(checkout, SPOOL)?.folder)
}

/// Unmounts those that nothing works on; what was written is gone.
pub fn unmount_all(checkout: &Checkout) -> Result<()> {
    for key in VOLUMES {
        let volume = volume(checkout, key)?;
        if volume.is_mounted()? && !volume.is_in_use {
            volume.unmount()?;
        }
    }
    Ok(())
}

/// Leaves one page, so that what is written next may end in the middle, as on a disk.
pub fn fill(checkout: &Checkout, key: &str) -> Result<()> {
    const ATTEMPTS: usize = 100;
    let volume = volume(checkout, key)?;
    for _ in 0..ATTEMPTS {
        let stat = statvfs(&volume.folder).context("cannot look at the volume")?;
        let used = stat.blocks() - stat.blocks_free() + 1;
        // Refused where more was written since the look.
        if volume.resize(used * stat.fragment_size()).is_ok() {
            return Ok(());
        }
    }
    Err(Error::new(format!("cannot fill {}", volume.folder.display())))
}

/// There is room again.
pub fn free(checkout: &Checkout, key: &str) -> Result<()> {
    volume(checkout, key)?.resize(ROOM)
}

fn volume(checkout: &Checkout, key: &str) -> Result<Volume> {
    if key == SPOOL {
        let (folder, is_in_use) = (checkout.private().join(SPOOL), false);
        return Ok(Volume { folder, is_in_use });
    }
    let engine = ENGINES.into_iter().find(|engine| engine.key() == key);
    let engine = engine.filter(|_| VOLUMES.contains(&key));
    let engine = engine.ok_or_else(|| Error::new(format!("there is no volume {key}")))?;
    let home = engines::home(checkout, engine);
    // Beside the data of others there are the log and the record of the process, which stay.
    let folder = if engine.refuses_root() {
        home.data
    } else {
        home.data.join("data")
    };
    let is_in_use = home.service.pid().is_some();
    Ok(Volume { folder, is_in_use })
}

impl Volume {
    /// One that is there and is worked on stays as it is, with all of its room.
    fn mount(&self) -> Result<()> {
        let path = self.folder.display();
        files::make_folder(&self.folder)?;
        match (self.is_mounted()?, self.is_in_use) {
            (true, true) => return self.resize(ROOM),
            (false, true) => return Err(Error::new(format!("an engine of an earlier run works in {path}"))),
            (true, false) => self.unmount()?,
            (false, false) => {}
        }
        let options = format!("size={ROOM},mode=755");
        mount(
            Some("jonquil-chaos"),
            &self.folder,
            Some("tmpfs"),
            MsFlags::empty(),
            Some(options.as_str()),
        )
        .context(format_args!("cannot mount a tmpfs at {path}"))
    }

    fn unmount(&self) -> Result<()> {
        umount(&self.folder).context(format_args!("cannot unmount {}", self.folder.display()))
    }

    fn resize(&self, bytes: u64) -> Result<()> {
        if !self.is_mounted()? {
            return Err(Error::new(format!("{} is no volume", self.folder.display())));
        }
        let (none, options) = (None::<&Path>, format!("size={bytes}"));
        mount(none, &self.folder, none, MsFlags::MS_REMOUNT, Some(options.as_str()))
            .context(format_args!("cannot give {bytes} bytes to {}", self.folder.display()))
    }

    fn is_mounted(&self) -> Result<bool> {
        let device = |path: &Path| fs::metadata(path).map(|it| it.dev());
        let Ok(own) = device(&self.folder) else {
            return Ok(false);
        };
        let above = self.folder.parent().unwrap_or(&self.folder);
        let above = device(above).context(format_args!("cannot look at {}", above.display()))?;
        Ok(own != above)
    }
}
