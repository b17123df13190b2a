//! Where things are: the checkout, its engines' folders, the machine's cache, the ports.

use std::env;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::process::Command;

use nix::unistd::{User, geteuid};

use crate::fault::{Explain, Fault, Result};
use crate::files;
use crate::ports::{self, Ports};
use crate::secrets;
use crate::tool;

/// The system user under which engines run that refuse root.
const ENGINE_USER: &str = "jonquil";

/// One checkout on one machine.
pub struct Checkout {
    /// The workspace's folder.
    pub root: PathBuf,
    /// Its ports.
    pub ports: Ports,
}

impl Checkout {
    /// The checkout that cargo runs us in. The port base: what was asked for, else `JONQUIL_PORT_BASE`, else what was used last, else the default.
    pub fn find(asked: Option<u16>) -> Result<Self> {
        let here = env::var_os("CARGO_MANIFEST_DIR")
            .map(PathBuf::from)
            .map_or_else(env::current_dir, Ok)
            .explain("cannot tell the current folder")?;
        let root = here
            .ancestors()
            .find(|folder| folder.join("crates/xtask").is_dir())
            .map(Path::to_path_buf);
        let root = root.ok_or_else(|| Fault::new("this is no checkout of Jonquil: run `cargo xtask` inside of one"))?;
        let mut checkout = Self {
            root,
            ports: Ports {
                base: ports::DEFAULT_BASE,
            },
        };
        let wanted = match (asked, env::var("JONQUIL_PORT_BASE")) {
            (Some(base), _) => Some(base),
            (None, Ok(text)) => Some(
                text.trim()
                    .parse()
                    .explain(format_args!("JONQUIL_PORT_BASE is no port: {text}"))?,
            ),
            (None, Err(_)) => checkout.noted_base()?,
        };
        let base = wanted.unwrap_or(ports::DEFAULT_BASE);
        if !(1024..=u16::MAX - ports::SPAN).contains(&base) {
            return Err(Fault::new(format!(
                "the port base must lie between 1024 and {}, not be {base}",
                u16::MAX - ports::SPAN
            )));
        }
        checkout.ports.base = base;
        Ok(checkout)
    }

    /// The port base that was used last.
    pub fn noted_base(&self) -> Result<Option<u16>> {
        let text = files::read_if_there(&self.engines().join("port-base"))?;
        text.map(|text| text.trim().parse().explain(".engines/port-base is damaged: delete it"))
            .transpose()
    }

    /// Data, logs and records of the engines.
    pub fn engines(&self) -> PathBuf {
        self.root.join(".engines")
    }

    /// Accounts, secrets, logs and records of the roles.
    pub fn state(&self) -> PathBuf {
        self.root.join(".jonquil")
    }

    /// Data of the engines that refuse root: with the others for an ordinary user; for root in a place that another user can reach.
    pub fn private(&self) -> PathBuf {
        if !geteuid().is_root() {
            return self.engines();
        }
        let base = env::var_os("JONQUIL_ENGINES").map_or_else(|| PathBuf::from("/var/lib/jonquil"), PathBuf::from);
        base.join(format!("{:016x}", fnv1a(self.root.as_os_str().as_bytes())))
    }

    /// Notes the port base, so that later commands need not be told again.
    pub fn note_base(&self) -> Result<()> {
        files::make_folder(&self.engines())?;
        files::write(&self.engines().join("port-base"), &self.ports.base.to_string(), 0o644)
    }

    /// A secret that an engine's data knows: it lives and goes with the data.
    pub fn engine_secret(&self, name: &str) -> Result<String> {
        secrets::kept(&self.engines().join("secrets.json"), name, 20)
    }
}

/// FNV-1a, 64 bits: a short name for a path that stays the same with every compiler.
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// What is fetched once for all checkouts of this machine. As root it must be readable by the engines' user, so it is not in root's home.
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

/// The user that an engine which refuses root runs under; nothing if we are an ordinary user ourselves.
pub fn engine_user() -> Result<Option<User>> {
    if !geteuid().is_root() {
        return Ok(None);
    }
    let known = || User::from_name(ENGINE_USER).explain("cannot read the list of users");
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
        Fault::new(format!(
            "there is no user {ENGINE_USER}: make one with `useradd --system {ENGINE_USER}`"
        ))
    })?;
    Ok(Some(user))
}

/// Makes a folder that belongs to the engines' user.
pub fn make_private_folder(path: &Path) -> Result<()> {
    files::make_folder(path)?;
    if let Some(user) = engine_user()? {
        chown(path, Some(user.uid.as_raw()), Some(user.gid.as_raw()))
            .explain(format_args!("cannot give {} to {ENGINE_USER}", path.display()))?;
    }
    Ok(())
}
