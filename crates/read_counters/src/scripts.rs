//! The scripts, each one atomic. `redis::Script` sends the hash and loads the text again after a restart of Redis.

use redis::Script;

pub(crate) struct Scripts {
    /// Counts a slice.
    pub store: Script,
    /// Reads the chart of a window of hours.
    pub chart: Script,
    /// Reads what happens right now.
    pub platform: Script,
}

impl Scripts {
    pub fn new() -> Self {
        Self {
            store: Script::new(include_str!("lua/store.lua")),
            chart: Script::new(concat!(include_str!("lua/top.lua"), include_str!("lua/chart.lua"))),
            platform: Script::new(concat!(include_str!("lua/top.lua"), include_str!("lua/platform.lua"))),
        }
    }
}
