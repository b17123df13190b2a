//! Settings of traces.

use traces::{BadSetting, TracesConfig};

use super::{Reader, host};

impl<L: Fn(&str) -> Option<String>> Reader<'_, L> {
    /// None where no collector is named.
    pub(super) fn traces(&mut self) -> Option<TracesConfig> {
        let url = self.get("JONQUIL_OTLP_URL")?;
        let headers = self.or("JONQUIL_OTLP_HEADERS", "");
        let ratio = self.parsed("JONQUIL_TRACE_RATIO", 1.0);
        let instance = self.or("JONQUIL_INSTANCE", &host());
        let read = TracesConfig::new(&url, &headers, ratio, &instance);
        read.inspect_err(|bad| {
            let name = match bad {
                BadSetting::Url => "JONQUIL_OTLP_URL",
                BadSetting::Headers => "JONQUIL_OTLP_HEADERS",
                BadSetting::Ratio => "JONQUIL_TRACE_RATIO",
            };
            self.problems.push(format!("{name} {bad}"));
        })
        .ok()
    }
}
