//! How far it is: one line that changes on a terminal, a line now and then in a log.

use std::{
    io::{self, IsTerminal as _, Write as _},
    time::{Duration, Instant},
};

/// How often a log hears that work goes on.
const LINE_EVERY: Duration = Duration::from_secs(5);

/// Work of a known length.
pub(super) struct Progress {
    what: &'static str,
    total: usize,
    done: usize,
    said: Instant,
}

impl Progress {
    pub(super) fn new(what: &'static str, total: usize) -> Self {
        let progress = Self {
            what,
            total,
            done: 0,
            said: Instant::now(),
        };
        if io::stderr().is_terminal() {
            progress.draw("");
        }
        progress
    }

    /// One more is done.
    pub(super) fn step(&mut self, name: &str) {
        self.done += 1;
        let last = self.done == self.total;
        if io::stderr().is_terminal() {
            self.draw(name);
            if last {
                line("");
            }
        } else if last || self.said.elapsed() >= LINE_EVERY {
            line(&format!("  {}: {} of {}", self.what, self.done, self.total));
            self.said = Instant::now();
        }
    }

    fn draw(&self, name: &str) {
        // Shorter than any terminal is wide, or the line would wrap and stay.
        let name: String = name.chars().take(30).collect();
        let _gone = write!(
            io::stderr(),
            "\r\x1b[K  {}: {} of {}  {name}",
            self.what,
            self.done,
            self.total
        );
        let _gone = io::stderr().flush();
    }
}

/// One line to the person who waits. A reader that has gone away is no fault.
pub(super) fn line(text: &str) {
    let _gone = writeln!(io::stderr(), "{text}");
}
