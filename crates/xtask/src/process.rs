//! Background processes that outlive xtask: found again by a record, stopped by pid.

use std::ffi::OsStr;
use std::fs::{self, OpenOptions};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::{Value, json};

use crate::error::{Context, Error, Result};
use crate::files;

/// This variable marks our processes, also when their record was never written.
const MARK: &str = "JONQUIL_XTASK_HOME";

/// A background process with a record `process.json` and a log in its folder.
pub struct Service {
    pub folder: PathBuf,
}

impl Service {
    pub fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    pub fn log(&self) -> PathBuf {
        self.folder.join("log")
    }

    /// Its pid, if it runs. The kernel reuses pids, so the record also has the start time and the boot id.
    pub fn pid(&self) -> Option<u32> {
        let record: Value = serde_json::from_str(&fs::read_to_string(self.record()).ok()?).ok()?;
        let pid = u32::try_from(record["pid"].as_u64()?).ok()?;
        let same = record["started"].as_str()? == started(pid)? && record["boot"].as_str()? == boot();
        same.then_some(pid)
    }

    /// Starts it in the background. It has a process group of its own, so that Ctrl-C in the terminal does not stop it.
    pub fn start(&self, command: &mut Command) -> Result<u32> {
        let program = command.get_program().to_string_lossy().into_owned();
        let log = self.log();
        let open = || {
            OpenOptions::new()
                .create(true)
                .append(true)
                .open(&log)
                .context(format_args!("cannot open {}", log.display()))
        };
        command
            .stdin(Stdio::null())
            .stdout(open()?)
            .stderr(open()?)
            .process_group(0)
            .env(MARK, &self.folder);
        let child = command.spawn().context(format_args!("cannot start {program}"))?;
        self.remember(child.id())?;
        Ok(child.id())
    }

    /// Records a process if it has our mark: it was started by an xtask that was killed before it wrote the record, or
    /// by a launcher.
    pub fn adopt(&self, pid: u32) -> Result<bool> {
        let ours = mark_of(pid).is_some_and(|folder| folder == self.folder);
        if ours {
            self.remember(pid)?;
        }
        Ok(ours)
    }

    /// Stops it with `signal`, after `patience` with SIGKILL. True if it was running.
    pub fn stop(&self, signal: Signal, patience: Duration) -> Result<bool> {
        let Some(pid) = self.pid() else {
            return Ok(false);
        };
        send(pid, signal)?;
        if !self.is_gone_within(patience) {
            send(pid, Signal::SIGKILL)?;
            if !self.is_gone_within(Duration::from_secs(10)) {
                return Err(Error::new(format!("pid {pid} still runs after SIGKILL")));
            }
        }
        fs::remove_file(self.record()).context("cannot remove the record of a stopped process")?;
        Ok(true)
    }

    /// Sends a signal to it and to the processes that it started.
    pub fn signal(&self, signal: Signal) -> Result<()> {
        let mut all = marked(&self.folder);
        all.extend(self.pid().filter(|pid| !all.contains(pid)));
        all.iter().try_for_each(|pid| send(*pid, signal))
    }

    fn is_gone_within(&self, patience: Duration) -> bool {
        let begin = Instant::now();
        while self.pid().is_some() {
            if begin.elapsed() > patience {
                return false;
            }
            thread::sleep(Duration::from_millis(50));
        }
        true
    }

    fn remember(&self, pid: u32) -> Result<()> {
        let record = json!({ "pid": pid, "started": started(pid), "boot": boot() });
        files::write(&self.record(), &record.to_string(), 0o644)
    }

    fn record(&self) -> PathBuf {
        self.folder.join("process.json")
    }
}

/// The running processes that were started for `folder` or a folder in it, and their children.
pub fn marked(folder: &Path) -> Vec<u32> {
    let pids = fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = pids.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    pids.filter(|pid| mark_of(*pid).is_some_and(|marked| marked.starts_with(folder)))
        .collect()
}

/// Waits until no process for `folder` runs; kills them after `patience`.
pub fn end_marked(folder: &Path, patience: Duration) -> Result<()> {
    let begin = Instant::now();
    let mut killed = false;
    loop {
        let left = marked(folder);
        if left.is_empty() {
            return Ok(());
        }
        if begin.elapsed() >= patience && !killed {
            left.iter().try_for_each(|pid| send(*pid, Signal::SIGKILL))?;
            killed = true;
        }
        if begin.elapsed() > patience + Duration::from_secs(10) {
            return Err(Error::new(format!("pid {} still runs after SIGKILL", left[0])));
        }
        thread::sleep(Duration::from_millis(50));
    }
}

/// The folder that xtask started a process for, from its environment.
fn mark_of(pid: u32) -> Option<PathBuf> {
    let environment = fs::read(Path::new("/proc").join(pid.to_string()).join("environ")).ok()?;
    let mut entries = environment.split(|byte| *byte == 0);
    let mark = entries.find_map(|entry| entry.strip_prefix(MARK.as_bytes())?.strip_prefix(b"="))?;
    Some(PathBuf::from(OsStr::from_bytes(mark)))
}

/// Sends a signal; a process that has ended is no error.
fn send(pid: u32, signal: Signal) -> Result<()> {
    let target = Pid::from_raw(i32::try_from(pid).context("not a pid")?);
    match kill(target, signal) {
        Ok(()) | Err(nix::errno::Errno::ESRCH) => Ok(()),
        Err(error) => Err(error).context(format_args!("cannot signal pid {pid}")),
    }
}

/// Start time of a process, in ticks since boot; `None` if it has ended or is a zombie. Columns: proc(5).
fn started(pid: u32) -> Option<String> {
    let stat = fs::read_to_string(Path::new("/proc").join(pid.to_string()).join("stat")).ok()?;
    // The name before the last bracket may itself contain blanks and brackets.
    let (_, after_name) = stat.rsplit_once(')')?;
    let columns: Vec<&str> = after_name.split_whitespace().collect();
    let is_zombie = matches!(*columns.first()?, "Z" | "X");
    (!is_zombie).then(|| columns.get(19).map(|ticks| (*ticks).to_owned()))?
}

/// The id of this boot: start times are counted from it.
fn boot() -> String {
    fs::read_to_string("/proc/sys/kernel/random/boot_id")
        .unwrap_or_default()
        .trim()
        .to_owned()
}
