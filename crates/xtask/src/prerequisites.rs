//! Checks what must be installed before anything long starts. Everything missing is reported at once, with how to get it.

use std::fs;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use nix::unistd::geteuid;

use crate::checkout::{self, Checkout};
use crate::engines::{self, postgres_programs};
use crate::error::{Context, Error, Result};
use crate::files;
use crate::report;
use crate::tool;

/// Something that must be installed.
#[derive(Clone, Copy, PartialEq)]
pub enum Need {
    /// C and C++ compilers and make, which build librdkafka and others.
    Compilers,
    /// Finds libraries.
    PkgConfig,
    /// TLS of librdkafka.
    OpenSsl,
    /// Runs Kafka and Elasticsearch.
    Java,
    /// Fetches Kafka and Elasticsearch.
    Maven,
    /// Builds the page and fetches `ClickHouse`.
    Npm,
    /// Builds the S3 server.
    Go,
    Postgres,
    Redis,
    /// For the tests that run the README's first tour and the commands of kafka/README.md.
    Tour,
    /// Runs the stories of the page.
    Chromium,
    /// Makes requests and a client from the OpenAPI document.
    Python,
}

const BUILD: [Need; 4] = [Need::Compilers, Need::PkgConfig, Need::OpenSsl, Need::Npm];

impl Need {
    fn is_met(self) -> bool {
        match self {
            Self::Compilers => ["cc", "c++", "make"].into_iter().all(tool::is_installed),
            Self::PkgConfig => tool::is_installed("pkg-config"),
            Self::OpenSsl => tool::output(Command::new("pkg-config").args(["--exists", "openssl"])).is_ok(),
            Self::Java => {
                tool::is_installed("jar") && version("java", "-version").is_some_and(|found| found >= (17, 0))
            }
            Self::Maven => tool::is_installed("mvn"),
            Self::Npm => {
                tool::is_installed("npm") && version("node", "--version").is_some_and(|found| found >= (20, 0))
            }
            Self::Go => version("go", "version").is_some_and(|found| found >= (1, 24)),
            Self::Postgres => postgres_programs().is_ok(),
            Self::Redis => tool::is_installed("redis-server"),
            Self::Tour => ["curl", "jq", "kcat"].into_iter().all(tool::is_installed),
            Self::Chromium => tool::is_installed("chromium"),
            Self::Python => tool::output(Command::new("python3").args(["-c", "import ensurepip, venv"])).is_ok(),
        }
    }

    /// What it is, its use and how to get it.
    fn describe(self) -> &'static str {
        match self {
            Self::Compilers => {
                "a C and a C++ compiler with make (they build librdkafka): apt-get install build-essential"
            }
            Self::PkgConfig => "pkg-config (finds libraries): apt-get install pkg-config",
            Self::OpenSsl => "OpenSSL 3 with its headers (librdkafka speaks TLS with it): apt-get install libssl-dev",
            Self::Java => {
                "a JDK of version 17 or newer (runs Kafka and Elasticsearch): apt-get install openjdk-17-jdk-headless"
            }
            Self::Maven => "Maven (fetches Kafka and Elasticsearch): apt-get install maven",
            Self::Npm => {
                "Node.js 20 or newer with npm (builds the page, fetches ClickHouse): from nodejs.org or your version manager; Debian 12's own is too old"
            }
            Self::Go => {
                "Go 1.24 or newer (builds the S3 server): from go.dev/dl, unpacked to /usr/local/go and on PATH; Debian 12's own is too old"
            }
            Self::Postgres => "PostgreSQL's server programs, 15 or newer: apt-get install postgresql",
            Self::Redis => "Redis 7: apt-get install redis-server",
            Self::Tour => {
                "curl, jq and kcat (tests run the README's tour and the commands of kafka/README.md): apt-get install curl jq kcat"
            }
            Self::Chromium => "Chromium (the stories of the page run in it): apt-get install chromium",
            Self::Python => {
                "Python 3.11 or newer with venv (stories make a client and requests from the OpenAPI document): apt-get install python3-venv"
            }
        }
    }

    /// The Debian packages; none where Debian's version is too old.
    fn packages(self) -> &'static [&'static str] {
        match self {
            Self::Compilers => &["build-essential"],
            Self::PkgConfig => &["pkg-config"],
            Self::OpenSsl => &["libssl-dev"],
            Self::Java => &["openjdk-17-jdk-headless"],
            Self::Maven => &["maven"],
            Self::Postgres => &["postgresql"],
            Self::Redis => &["redis-server"],
            Self::Tour => &["curl", "jq", "kcat"],
            Self::Chromium => &["chromium"],
            Self::Python => &["python3-venv"],
            Self::Npm | Self::Go => &[],
        }
    }
}

/// Checks what the build and the engines need. As root on Debian it installs the Debian packages.
pub fn check(checkout: &Checkout) -> Result<()> {
    check_with(checkout, &[])
}

/// Like [`check`], with more needs.
pub fn check_with(checkout: &Checkout, more: &[Need]) -> Result<()> {
    let missing = missing(more);
    let packages: Vec<&str> = missing.iter().flat_map(|need| need.packages()).copied().collect();
    if geteuid().is_root() && !packages.is_empty() && tool::is_installed("apt-get") {
        install(checkout, &packages)?;
    }
    let missing: Vec<String> = self::missing(more)
        .iter()
        .map(|need| format!("  - {}", need.describe()))
        .collect();
    if !missing.is_empty() {
        return Err(Error::new(format!(
            "missing on this machine:\n{}\nInstall them and run the command again.",
            missing.join("\n")
        )));
    }
    check_reach()
}

fn missing(more: &[Need]) -> Vec<Need> {
    let mut needs = [&BUILD, more].concat();
    for engine in engines::ENGINES
        .into_iter()
        .filter(|engine| !engines::is_external(*engine))
    {
        needs.extend(engine.needs());
    }
    let mut missing = Vec::new();
    for need in needs {
        if !missing.contains(&need) && !need.is_met() {
            missing.push(need);
        }
    }
    missing
}

/// The engines' user must be able to run the JDK. It cannot run one in root's home.
fn check_reach() -> Result<()> {
    let needs_java = engines::ENGINES
        .into_iter()
        .any(|engine| engine.refuses_root() && !engines::is_external(engine) && engine.needs().contains(&Need::Java));
    let Some(user) = checkout::engine_user()?.filter(|_| needs_java) else {
        return Ok(());
    };
    let java = engines::java_home()?.join("bin/java");
    let mut command = Command::new(&java);
    command
        .arg("-version")
        .current_dir("/")
        .uid(user.uid.as_raw())
        .gid(user.gid.as_raw());
    tool::output(&mut command).map(drop).context(format_args!(
        "Elasticsearch refuses to run as root, and its user {} cannot run {}. Install a JDK that every user can read, e.g. apt-get install openjdk-17-jdk-headless",
        user.name,
        java.display()
    ))
}

/// Runs apt-get without questions; waits for another apt-get.
fn install(checkout: &Checkout, packages: &[&str]) -> Result<()> {
    report::line(&format!("installing Debian packages: {}", packages.join(" ")));
    files::make_folder(&checkout.state())?;
    let log = checkout.state().join("apt.log");
    let apt = |arguments: &[&str]| {
        let mut command = Command::new("apt-get");
        command
            .args(["-q", "-y", "-o", "DPkg::Lock::Timeout=300"])
            .args(arguments)
            .env("DEBIAN_FRONTEND", "noninteractive");
        report::with_progress(&format!("apt-get {}", arguments[0]), || tool::run(&mut command, &log))
    };
    apt(&["update"])?;
    if packages.contains(&"postgresql") {
        apt(&["install", "--no-install-recommends", "postgresql-common"])?;
        return without_main_cluster(|| apt(&[&["install", "--no-install-recommends"], packages].concat()));
    }
    apt(&[&["install", "--no-install-recommends"], packages].concat())
}

/// Keeps Debian's package from creating and starting a cluster of its own.
fn without_main_cluster(install: impl FnOnce() -> Result<()>) -> Result<()> {
    let config = Path::new("/etc/postgresql-common/createcluster.conf");
    let before = files::read_if_there(config)?.unwrap_or_default();
    files::write(config, &format!("{before}\ncreate_main_cluster = false\n"), 0o644)?;
    let installed = install();
    fs::write(config, before).context("cannot restore the cluster settings of postgresql-common")?;
    installed
}

/// The first number with a dot in a program's version text, e.g. (17, 0) of `openjdk version "17.0.15"`.
fn version(program: &str, flag: &str) -> Option<(u32, u32)> {
    let output = Command::new(program).arg(flag).output().ok()?;
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text);
    let number = text
        .split(|letter: char| !letter.is_ascii_digit() && letter != '.')
        .find(|part| part.contains('.') && part.starts_with(|letter: char| letter.is_ascii_digit()))?;
    let mut parts = number.split('.').map(|part| part.parse().unwrap_or(0));
    Some((parts.next()?, parts.next().unwrap_or(0)))
}
