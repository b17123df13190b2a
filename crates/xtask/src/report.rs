//! Output: progress on stderr, results on stdout.

use std::io::{self, IsTerminal, Write};
use std::sync::{Mutex, MutexGuard, Once, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::SigSet;

/// Shorter tasks are not shown.
const SILENT_FOR: Duration = Duration::from_secs(2);
/// Interval of progress lines when stderr is not a terminal.
const LINE_EVERY: Duration = Duration::from_secs(10);

struct Task {
    what: String,
    since: Instant,
}

static RUNNING: Mutex<Vec<Task>> = Mutex::new(Vec::new());
static TICKER: Once = Once::new();

fn running() -> MutexGuard<'static, Vec<Task>> {
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Prints a line of progress on stderr.
pub fn line(text: &str) {
    let tasks = running();
    let wipe = if io::stderr().is_terminal() { "\r\x1b[K" } else { "" };
    eprintln!("{wipe}{text}");
    drop(tasks);
}

/// Prints a line of the result on stdout. A closed stdout is no error.
pub fn print(text: &str) {
    let _closed = writeln!(io::stdout(), "{text}");
}

/// Runs `work`. After two seconds it shows what runs and for how long.
pub fn with_progress<T>(what: &str, work: impl FnOnce() -> T) -> T {
    TICKER.call_once(|| {
        thread::spawn(tick);
    });
    let since = Instant::now();
    running().push(Task {
        what: what.to_owned(),
        since,
    });
    let result = work();
    running().retain(|task| task.since != since || task.what != what);
    if since.elapsed() >= SILENT_FOR {
        line(&format!("  {what}: {:.0} s", since.elapsed().as_secs_f32()));
    }
    result
}

fn tick() {
    // The main thread may wait for signals, so this one must not receive them.
    let _never_fails = SigSet::all().thread_block();
    let terminal = io::stderr().is_terminal();
    let mut last_line = Instant::now();
    loop {
        thread::sleep(Duration::from_secs(1));
        let tasks = running();
        let long: Vec<String> = tasks
            .iter()
            .filter(|task| task.since.elapsed() >= SILENT_FOR)
            .map(|task| format!("{} ({} s)", task.what, task.since.elapsed().as_secs()))
            .collect();
        if long.is_empty() {
            continue;
        }
        if terminal {
            eprint!("\r\x1b[K  … {}", long.join(", "));
        } else if last_line.elapsed() >= LINE_EVERY {
            eprintln!("  … {}", long.join(", "));
            last_line = Instant::now();
        }
    }
}
