//! Real, tagged music from Debian's packages: downloaded by name and unpacked, nothing installed, no root needed.

use std::{
    env, fs, io,
    path::{Path, PathBuf},
    process::{self, Stdio},
    time::Duration,
};

use tokio::process::Command;

use super::progress;

/// For one command of apt or dpkg; the largest download has 52 MB.
const COMMAND: Duration = Duration::from_mins(3);

/// A package with music.
pub(super) struct Package {
    /// Its name.
    pub(super) name: &'static str,
    /// Its size.
    megabytes: u32,
    /// Who made it, under which licence, where from.
    pub(super) credit: &'static str,
    /// Whether a file is a song; some files are single instruments.
    is_song: fn(&Path) -> bool,
}

/// What is loaded.
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

/// The songs of a package, in a fixed order; from the cache when it was unpacked before. An error is for a person.
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
        0 => Err(format!("{} holds no song; delete it and try again", folder.display())),
        _ => Ok(songs),
    }
}

/// Where downloads are kept for the next time.
fn cache() -> PathBuf {
    let under = |name: &str, folder: &str| {
        let value = env::var_os(name).filter(|value| !value.is_empty())?;
        Some(PathBuf::from(value).join(folder))
    };
    under("JONQUIL_CACHE", "demo")
        .or_else(|| under("XDG_CACHE_HOME", "jonquil/demo"))
        .or_else(|| under("HOME", ".cache/jonquil/demo"))
        // A folder of a name that others can guess must not be trusted the next time.
        .unwrap_or_else(|| env::temp_dir().join(format!("jonquil-demo-{}", process::id())))
}

/// Unpacks beside and renames at the end: a folder of that name is whole.
async fn fetch(name: &str, cache: &Path, folder: &Path) -> Result<(), String> {
    let work = cache.join(format!(".{name}.{}", process::id()));
    let files = |error: io::Error| format!("{}: {error}", work.display());
    remove_leftovers(name, cache);
    fs::create_dir_all(work.join("unpacked")).map_err(files)?;
    let fetched = unpack(name, &work).await;
    if fetched.is_ok() {
        // Another demo may have been faster; its folder is as good.
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
        // A machine, or a container, whose lists were never fetched. Only root may, and others hear the first reason.
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
    let package = package.ok_or("apt-get brought no file")?;
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
        Ok(Err(error)) if error.kind() == io::ErrorKind::NotFound => return Err(format!("there is no {program} here")),
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

/// Deletes what processes that are no more left half-way.
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
        // A link counts as neither: a package cannot send us elsewhere.
        if entry.file_type()?.is_dir() {
            walk(&entry.path(), visit)?;
        } else if entry.file_type()?.is_file() {
            visit(entry.path());
        }
    }
    Ok(())
}
