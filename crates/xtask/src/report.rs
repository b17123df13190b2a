//! What is said to the human: progress on stderr, answers on stdout.

use std::io::{self, IsTerminal, Write};
use std::sync::{Mutex, MutexGuard, Once, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::SigSet;

/// What takes less is not worth a line.
const SILENT_FOR: Duration = Duration::from_secs(2);
/// How often a log file (anything that is no terminal) hears that work goes on.
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

/// One line of progress, on stderr.
pub fn line(text: &str) {
    let tasks = running();
    let wipe = if io::stderr().is_terminal() { "\r\x1b[K" } else { "" };
    eprintln!("{wipe}{text}");
    drop(tasks);
}

/// One line of the answer, on stdout. A reader that has gone away is no fault.
pub fn answer(text: &str) {
    let _gone = writeln!(io::stdout(), "{text}");
}

/// Does `work`; if it takes longer than two seconds the human sees that it goes on and how long it has been.
pub fn during<T>(what: &str, work: impl FnOnce() -> T) -> T {
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
    // Signals are for the main thread, which may wait for them.
    let _never_fails = SigSet::all().thread_block();
    let terminal = io::stderr().is_terminal();
    let mut said = Instant::now();
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
        } else if said.elapsed() >= LINE_EVERY {
            eprintln!("  … {}", long.join(", "));
            said = Instant::now();
        }
    }
}
