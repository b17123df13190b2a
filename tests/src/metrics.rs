//! What a process shows in `/metrics`.

use std::{collections::BTreeMap, net::TcpListener};

/// An address that nobody listens at.
#[must_use]
pub fn free_address() -> String {
    let free = TcpListener::bind("127.0.0.1:0").expect("a port");
    free.local_addr().expect("its address").to_string()
}

/// Every series with its value; none while the process does not answer.
pub async fn metrics(address: &str) -> BTreeMap<String, f64> {
    let client = reqwest::Client::builder().no_proxy().build().expect("an HTTP client");
    let Ok(answer) = client.get(format!("http://{address}/metrics")).send().await else {
        return BTreeMap::new();
    };
    let text = answer.text().await.expect("text");
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let series = lines.filter_map(|line| line.rsplit_once(' '));
    series
        .map(|(name, value)| (name.to_owned(), value.parse().expect("a number")))
        .collect()
}
