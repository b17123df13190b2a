//! Paths and ports: the checkout, its engines' folders, the machine's cache.

use std::env;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::process::Command;

use nix::unistd::{User, geteuid};

use crate::error::{Context, Error, Result};
use crate::files;
use crate::ports::{self, Ports};
use crate::secrets;
use crate::tool;

/// The system user of engines that refuse to run as root.
const ENGINE_USER: &str = "jonquil";
/// Names a folder for the data of every engine.
const DATA: &str = "JONQUIL_ENGINES";

/// One checkout on one machine.
pub struct Checkout {
    pub root: PathBuf,
    /// What runs and what it holds is in here: the checkout itself, or a folder in it for a second set of engines.
    home: PathBuf,
    pub ports: Ports,
}

impl Checkout {
    /// The checkout that cargo runs in. The port base is `asked`, else `JONQUIL_PORT_BASE`, else the last one, else the default.
    pub fn find(asked: Option<u16>) -> Result<Self> {
        let here = env::var_os("CARGO_MANIFEST_DIR")
            .map(PathBuf::from)
            .map_or_else(env::current_dir, Ok)
            .context("cannot read the current folder")?;
        let root = here
            .ancestors()
            .find(|folder| folder.join("crates/xtask").is_dir())
            .map(Path::to_path_buf);
        let root = root.ok_or_else(|| Error::new("not a checkout of Jonquil: run `cargo xtask` inside one"))?;
        let mut checkout = Self {
            home: root.clone(),
            root,
            ports: Ports {
                base: ports::DEFAULT_BASE,
            },
        };
        let chosen = match (asked, env::var("JONQUIL_PORT_BASE")) {
            (Some(base), _) => Some(base),
            (None, Ok(text)) => Some(
                text.trim()
                    .parse()
                    .context(format_args!("JONQUIL_PORT_BASE is not a port: {text}"))?,
            ),
            (None, Err(_)) => checkout.saved_base()?,
        };
        let base = chosen.unwrap_or(ports::DEFAULT_BASE);
        if !(1024..=u16::MAX - ports::SPAN).contains(&base) {
            return Err(Error::new(format!(
                "the port base must be between 1024 and {}, not {base}",
                u16::MAX - ports::SPAN
            )));
        }
        checkout.ports.base = base;
        Ok(checkout)
    }

    /// The same checkout with a set of engines that may be killed, and nothing in common with the others.
    pub fn for_chaos(&self, port_base: u16) -> Self {
        Self {
            root: self.root.clone(),
            home: self.state().join("chaos"),
            ports: Ports { base: port_base },
        }
    }

    /// The last port base.
    pub fn saved_base(&self) -> Result<Option<u16>> {
        let text = files::read_if_there(&self.engines().join("port-base"))?;
        text.map(|text| text.trim().parse().context(".engines/port-base is damaged: delete it"))
            .transpose()
    }

    /// Data, logs and process records of the engines.
    pub fn engines(&self) -> PathBuf {
        self.home.join(".engines")
    }

    /// Accounts, secrets, logs and process records of the roles.
    pub fn state(&self) -> PathBuf {
        self.home.join(".jonquil")
    }

    /// Data of an engine: with its process record; elsewhere if it refuses to run as root, which another user cannot reach a
    /// checkout of, or if `JONQUIL_ENGINES` names a folder for all of them.
    pub fn data(&self, engine: &str, refuses_root: bool) -> PathBuf {
        let is_chosen = env::var_os(DATA).is_some();
        if is_chosen || (refuses_root && geteuid().is_root()) {
            self.private().join(engine)
        } else {
            self.engines().join(engine)
        }
    }

    /// The folder of this checkout's data outside of it.
    pub fn private(&self) -> PathBuf {
        let base = env::var_os(DATA).map_or_else(|| PathBuf::from("/var/lib/jonquil"), PathBuf::from);
        base.join(format!("{:016x}", fnv1a(self.home.as_os_str().as_bytes())))
    }

    /// Saves the port base for later commands.
    pub fn save_base(&self) -> Result<()> {
        files::make_folder(&self.engines())?;
        files::write(&self.engines().join("port-base"), &self.ports.base.to_string(), 0o644)
    }

    /// A secret of an engine. It is stored with the data and deleted with it.
    pub fn engine_secret(&self, name: &str) -> Result<String> {
        secrets::load_or_create(&self.engines().join("secrets.json"), name, 20)
    }
}

/// FNV-1a, 64 bits: a short name for a path, the same with every compiler.
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// Downloads for all checkouts of this machine. As root it is outside root's home, because the engines' user must read it.
pub fn cache() -> PathBuf {
    if let Some(folder) = env::var_os("JONQUIL_CACHE") {
        return folder.into();
    }
    if geteuid().is_root() {
        return "/var/cache/jonquil".into();
    }
    let home = || PathBuf::from(env::var_os("HOME").unwrap_or_else(|| "/tmp".into())).join(".cache");
    env::var_os("XDG_CACHE_HOME")
        .map_or_else(home, PathBuf::from)
        .join("jonquil")
}

/// The user of engines that refuse root; `None` if we are not root.
pub fn engine_user() -> Result<Option<User>> {
    if !geteuid().is_root() {
        return Ok(None);
    }
    let known = || User::from_name(ENGINE_USER).context("cannot read the list of users");
    if known()?.is_none() {
        tool::output(Command::new("useradd").args([
            "--system",
            "--user-group",
            "--no-create-home",
            "--home-dir",
            "/nonexistent",
            "--shell",
            "/usr/sbin/nologin",
            ENGINE_USER,
        ]))?;
    }
    let user = known()?.ok_or_else(|| {
        Error::new(format!(
            "there is no user {ENGINE_USER}: create it with `useradd --system {ENGINE_USER}`"
        ))
    })?;
    Ok(Some(user))
}

/// Creates a folder that belongs to the engines' user.
pub fn make_private_folder(path: &Path) -> Result<()> {
    files::make_folder(path)?;
    if let Some(user) = engine_user()? {
        chown(path, Some(user.uid.as_raw()), Some(user.gid.as_raw()))
            .context(format_args!("cannot give {} to {ENGINE_USER}", path.display()))?;
    }
    Ok(())
}
