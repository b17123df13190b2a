//! Processes that outlive xtask: started in the background, found again by a record, stopped by pid.

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

use crate::fault::{Explain, Fault, Result};
use crate::files;

/// The variable by which a process of ours is known even if its record was never written.
const MARK: &str = "JONQUIL_XTASK_HOME";

/// Something that runs in the background, with a record `process.json` and a log in its folder.
pub struct Service {
    /// Where its record and its log are.
    pub folder: PathBuf,
}

impl Service {
    /// The service whose record is in `folder`.
    pub fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Where its output goes.
    pub fn log(&self) -> PathBuf {
        self.folder.join("log")
    }

    /// Its pid, if it runs. A pid that the kernel has given to somebody else since is not ours: the record has the start time too.
    pub fn pid(&self) -> Option<u32> {
        let record: Value = serde_json::from_str(&fs::read_to_string(self.record()).ok()?).ok()?;
        let pid = u32::try_from(record["pid"].as_u64()?).ok()?;
        let same = record["started"].as_str()? == started(pid)? && record["boot"].as_str()? == boot();
        same.then_some(pid)
    }

    /// Starts it in the background, in a process group of its own so that Ctrl-C at the terminal does not reach it.
    pub fn start(&self, command: &mut Command) -> Result<u32> {
        let program = command.get_program().to_string_lossy().into_owned();
        let log = self.log();
        let open = || {
            OpenOptions::new()
                .create(true)
                .append(true)
                .open(&log)
                .explain(format_args!("cannot open {}", log.display()))
        };
        command
            .stdin(Stdio::null())
            .stdout(open()?)
            .stderr(open()?)
            .process_group(0)
            .env(MARK, &self.folder);
        let child = command.spawn().explain(format_args!("cannot start {program}"))?;
        self.remember(child.id())?;
        Ok(child.id())
    }

    /// Takes a process as ours if it carries our mark: it was started here by an xtask that was killed before it could
    /// note it, or by what it started.
    pub fn adopt(&self, pid: u32) -> Result<bool> {
        let ours = mark_of(pid).is_some_and(|folder| folder == self.folder);
        if ours {
            self.remember(pid)?;
        }
        Ok(ours)
    }

    /// Stops it: `signal` first, SIGKILL after `patience`. True if there was something to stop.
    pub fn stop(&self, signal: Signal, patience: Duration) -> Result<bool> {
        let Some(pid) = self.pid() else {
            return Ok(false);
        };
        send(pid, signal)?;
        if !self.is_gone_within(patience) {
            send(pid, Signal::SIGKILL)?;
            if !self.is_gone_within(Duration::from_secs(10)) {
                return Err(Fault::new(format!("pid {pid} does not end, not even by SIGKILL")));
            }
        }
        fs::remove_file(self.record()).explain("cannot remove the record of a stopped process")?;
        Ok(true)
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

/// The living processes that were started for `folder` or a folder in it, and what they started in turn.
pub fn marked(folder: &Path) -> Vec<u32> {
    let pids = fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = pids.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    pids.filter(|pid| mark_of(*pid).is_some_and(|marked| marked.starts_with(folder)))
        .collect()
}

/// Waits until nothing is left of what was started for `folder`; after `patience` it is killed.
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
            return Err(Fault::new(format!("pid {} does not end, not even by SIGKILL", left[0])));
        }
        thread::sleep(Duration::from_millis(50));
    }
}

/// The folder that a process was started for by an xtask, from its environment; a dead one has none.
fn mark_of(pid: u32) -> Option<PathBuf> {
    let environment = fs::read(Path::new("/proc").join(pid.to_string()).join("environ")).ok()?;
    let mut entries = environment.split(|byte| *byte == 0);
    let mark = entries.find_map(|entry| entry.strip_prefix(MARK.as_bytes())?.strip_prefix(b"="))?;
    Some(PathBuf::from(OsStr::from_bytes(mark)))
}

/// Sends a signal; that the process is gone already is no fault.
fn send(pid: u32, signal: Signal) -> Result<()> {
    let target = Pid::from_raw(i32::try_from(pid).explain("this is no pid")?);
    match kill(target, signal) {
        Ok(()) | Err(nix::errno::Errno::ESRCH) => Ok(()),
        Err(error) => Err(error).explain(format_args!("cannot stop pid {pid}")),
    }
}

/// When a process was started, in ticks since the machine's boot; nothing if it is gone or only waits to be collected. Columns: proc(5).
fn started(pid: u32) -> Option<String> {
    let stat = fs::read_to_string(Path::new("/proc").join(pid.to_string()).join("stat")).ok()?;
    // The name before the last bracket may hold anything, blanks and brackets too.
    let (_, after_name) = stat.rsplit_once(')')?;
    let columns: Vec<&str> = after_name.split_whitespace().collect();
    let is_zombie = matches!(*columns.first()?, "Z" | "X");
    (!is_zombie).then(|| columns.get(19).map(|ticks| (*ticks).to_owned()))?
}

/// Which boot of the machine this is: start times are counted from it.
fn boot() -> String {
    fs::read_to_string("/proc/sys/kernel/random/boot_id")
        .unwrap_or_default()
        .trim()
        .to_owned()
}
