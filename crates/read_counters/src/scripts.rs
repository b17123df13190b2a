//! The scripts, each one atomic. `redis::Script` sends the hash and loads the text again after a restart of Redis.

use redis::Script;

pub(crate) struct Scripts {
    /// Counts a slice.
    pub store: Script,
    /// Takes a slice's deleted things out of the charts.
    pub delete: Script,
    /// Moves a generation to a later stage.
    pub generation: Script,
    /// Reads the chart of a window of hours.
    pub chart: Script,
    /// Reads what happens right now.
    pub platform: Script,
}

impl Scripts {
    pub fn new() -> Self {
        Self {
            store: Script::new(include_str!("lua/store.lua")),
            delete: Script::new(include_str!("lua/delete.lua")),
            generation: Script::new(include_str!("lua/generation.lua")),
            chart: Script::new(concat!(include_str!("lua/top.lua"), include_str!("lua/chart.lua"))),
            platform: Script::new(concat!(include_str!("lua/top.lua"), include_str!("lua/platform.lua"))),
        }
    }
}
