//! Real, tagged music from Debian packages. They are downloaded and unpacked, not installed; no root is needed.

use std::{
    env, fs, io,
    path::{Path, PathBuf},
    process::{self, Stdio},
    time::Duration,
};

use tokio::process::Command;

use super::progress;

/// For one command of apt or dpkg; the largest download is 52 MB.
const COMMAND: Duration = Duration::from_mins(3);

pub(super) struct Package {
    pub(super) name: &'static str,
    megabytes: u32,
    /// Author, licence and source, for the artist's page.
    pub(super) credit: &'static str,
    /// Some audio files in a package are single instruments, not songs.
    is_song: fn(&Path) -> bool,
}

pub(super) const PACKAGES: [Package; 2] = [
    Package {
        name: "singularity-music",
        megabytes: 52,
        credit: "Maxstack is Max McCracken, who wrote the music of the game Endgame: Singularity. \
                 Copyright 2007-2008, 2012 Max McCracken. Licence: Creative Commons Attribution-ShareAlike 3.0 \
                 (https://creativecommons.org/licenses/by-sa/3.0/). From the Debian package singularity-music, unchanged.",
        is_song: |path| path.extension().is_some_and(|extension| extension == "ogg"),
    },
    Package {
        name: "fretsonfire-songs-muldjord",
        megabytes: 29,
        credit: "Muldjord is a Danish metal band; the songs are by El Senator, made for the game Frets on Fire. \
                 Copyright 2009 El Senator. Licence: Creative Commons Attribution-ShareAlike 3.0 \
                 (https://creativecommons.org/licenses/by-sa/3.0/). From the Debian package fretsonfire-songs-muldjord, \
                 unchanged.",
        is_song: |path| path.file_name().is_some_and(|name| name == "song.ogg"),
    },
];

/// The songs of a package in a fixed order, from the cache if it was unpacked before. The error is a text for the person who started the demo.
pub(super) async fn songs(package: &Package) -> Result<Vec<PathBuf>, String> {
    let cache = cache();
    let folder = cache.join(package.name);
    if !folder.is_dir() {
        progress::line(&format!(
            "  fetching {} from Debian ({} MB)",
            package.name, package.megabytes
        ));
        fetch(package.name, &cache, &folder).await?;
    }
    let mut songs = Vec::new();
    walk(&folder, &mut |path| {
        if (package.is_song)(&path) {
            songs.push(path);
        }
    })
    .map_err(|error| format!("{}: {error}", folder.display()))?;
    songs.sort();
    match songs.len() {
        0 => Err(format!(
            "{} contains no song; delete it and try again",
            folder.display()
        )),
        _ => Ok(songs),
    }
}

/// Where downloads are kept.
fn cache() -> PathBuf {
    let under = |name: &str, folder: &str| {
        let value = env::var_os(name).filter(|value| !value.is_empty())?;
        Some(PathBuf::from(value).join(folder))
    };
    under("JONQUIL_CACHE", "demo")
        .or_else(|| under("XDG_CACHE_HOME", "jonquil/demo"))
        .or_else(|| under("HOME", ".cache/jonquil/demo"))
        // In a temp folder others can guess the name, so it must not be reused: use the pid.
        .unwrap_or_else(|| env::temp_dir().join(format!("jonquil-demo-{}", process::id())))
}

/// Unpacks into a work folder and renames it at the end, so a folder with the final name is always complete.
async fn fetch(name: &str, cache: &Path, folder: &Path) -> Result<(), String> {
    let work = cache.join(format!(".{name}.{}", process::id()));
    let files = |error: io::Error| format!("{}: {error}", work.display());
    remove_leftovers(name, cache);
    fs::create_dir_all(work.join("unpacked")).map_err(files)?;
    let fetched = unpack(name, &work).await;
    if fetched.is_ok() {
        // Another demo may have been faster; its folder has the same content.
        let renamed = fs::rename(work.join("unpacked"), folder);
        renamed
            .or_else(|error| if folder.is_dir() { Ok(()) } else { Err(error) })
            .map_err(files)?;
    }
    let _stays_behind = fs::remove_dir_all(&work);
    fetched
}

async fn unpack(name: &str, work: &Path) -> Result<(), String> {
    let download = [
        "-q",
        "-o",
        "Acquire::Retries=2",
        "-o",
        "Acquire::http::Timeout=20",
        "download",
        name,
    ];
    if let Err(reason) = run("apt-get", &download, work).await {
        if !reason.contains("Unable to locate") && !reason.contains("No packages found") {
            return Err(reason);
        }
        // apt's package lists were never fetched. Only root may fetch them; others get the first error.
        run("apt-get", &["-q", "update"], work).await.map_err(|_| reason)?;
        run("apt-get", &download, work).await?;
    }
    let mut package = None;
    walk(work, &mut |path| {
        if path.extension().is_some_and(|extension| extension == "deb") {
            package = Some(path);
        }
    })
    .map_err(|error| error.to_string())?;
    let package = package.ok_or("apt-get downloaded no file")?;
    run("dpkg-deb", &["-x", &package.to_string_lossy(), "unpacked"], work).await
}

async fn run(program: &str, arguments: &[&str], folder: &Path) -> Result<(), String> {
    let mut command = Command::new(program);
    command
        .args(arguments)
        .current_dir(folder)
        .env("LC_ALL", "C")
        .stdin(Stdio::null())
        .kill_on_drop(true);
    let output = match tokio::time::timeout(COMMAND, command.output()).await {
        Ok(Ok(output)) => output,
        Ok(Err(error)) if error.kind() == io::ErrorKind::NotFound => return Err(format!("{program} is not installed")),
        Ok(Err(error)) => return Err(format!("{program}: {error}")),
        Err(_) => return Err(format!("{program} took longer than {} s", COMMAND.as_secs())),
    };
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let lines: Vec<&str> = said.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    Err(format!(
        "{program}: {}",
        lines[lines.len().saturating_sub(3)..].join("; ")
    ))
}

/// Deletes work folders of processes that have ended.
fn remove_leftovers(name: &str, cache: &Path) {
    let start = format!(".{name}.");
    for entry in fs::read_dir(cache).into_iter().flatten().flatten() {
        let pid = entry
            .file_name()
            .to_str()
            .and_then(|file| file.strip_prefix(&start)?.parse::<u32>().ok());
        if pid.is_some_and(|pid| !Path::new("/proc").join(pid.to_string()).exists()) {
            let _tried_again_next_time = fs::remove_dir_all(entry.path());
        }
    }
}

fn walk(folder: &Path, visit: &mut impl FnMut(PathBuf)) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        // Symbolic links are skipped: a package must not lead us outside its folder.
        if entry.file_type()?.is_dir() {
            walk(&entry.path(), visit)?;
        } else if entry.file_type()?.is_file() {
            visit(entry.path());
        }
    }
    Ok(())
}
