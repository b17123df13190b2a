//! Progress: one changing line on a terminal, a line every few seconds in a log.

use std::{
    io::{self, IsTerminal as _, Write as _},
    time::{Duration, Instant},
};

/// Interval of progress lines in a log.
const LINE_EVERY: Duration = Duration::from_secs(5);

pub(super) struct Progress {
    what: &'static str,
    total: usize,
    done: usize,
    last_line: Instant,
}

impl Progress {
    pub(super) fn new(what: &'static str, total: usize) -> Self {
        let progress = Self {
            what,
            total,
            done: 0,
            last_line: Instant::now(),
        };
        if io::stderr().is_terminal() {
            progress.draw("");
        }
        progress
    }

    /// Counts one item as done.
    pub(super) fn step(&mut self, name: &str) {
        self.done += 1;
        let last = self.done == self.total;
        if io::stderr().is_terminal() {
            self.draw(name);
            if last {
                line("");
            }
        } else if last || self.last_line.elapsed() >= LINE_EVERY {
            line(&format!("  {}: {} of {}", self.what, self.done, self.total));
            self.last_line = Instant::now();
        }
    }

    fn draw(&self, name: &str) {
        // A line wider than the terminal would wrap and could not be overwritten.
        let name: String = name.chars().take(30).collect();
        let _closed = write!(
            io::stderr(),
            "\r\x1b[K  {}: {} of {}  {name}",
            self.what,
            self.done,
            self.total
        );
        let _closed = io::stderr().flush();
    }
}

/// Writes a line to stderr. A closed stderr is no error.
pub(super) fn line(text: &str) {
    let _closed = writeln!(io::stderr(), "{text}");
}
