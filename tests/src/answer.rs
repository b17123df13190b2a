//! What a request came to.

use bytes::Bytes;
use reqwest::header::HeaderMap;
use serde::de::DeserializeOwned;
use serde_json::Value;
use uuid::Uuid;

use crate::shows;

/// An answer, read to its end.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as it came.
    pub bytes: Bytes,
}

impl Answer {
    pub(crate) async fn of(sent: Result<reqwest::Response, reqwest::Error>) -> Self {
        let response = sent.expect("an answer");
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let bytes = response.bytes().await.expect("the whole body");
        Self { status, headers, bytes }
    }

    /// The same, if it has this status.
    #[track_caller]
    #[expect(clippy::return_self_not_must_use, reason = "often the status is all there is to say")]
    pub fn is(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", String::from_utf8_lossy(&self.bytes));
        self
    }

    /// The body as JSON.
    #[track_caller]
    #[must_use]
    pub fn json(&self) -> Value {
        self.parse()
    }

    /// The body as that type; what does not fit is shown with the body.
    #[track_caller]
    #[must_use]
    pub fn parse<T: DeserializeOwned>(&self) -> T {
        match serde_json::from_slice(&self.bytes) {
            Ok(body) => body,
            Err(error) => panic!("{error}: {}", String::from_utf8_lossy(&self.bytes)),
        }
    }

    /// The body has what is expected; see [`shows`].
    #[track_caller]
    pub fn shows(&self, expected: Value) {
        shows(&self.json(), expected);
    }

    /// `id` of the body.
    #[track_caller]
    #[must_use]
    pub fn id(&self) -> Uuid {
        let json = self.json();
        let id = json["id"].as_str().and_then(|id| id.parse().ok());
        id.unwrap_or_else(|| panic!("no id in {json}"))
    }

    /// A header, empty when absent.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or("")
    }

    /// Which fields a 422 names, in order.
    #[track_caller]
    #[must_use]
    pub fn faults(&self) -> Vec<String> {
        let json = self.json();
        let faults = json["errors"].as_array().cloned().unwrap_or_default();
        faults
            .iter()
            .map(|fault| fault["field"].as_str().unwrap_or("").to_owned())
            .collect()
    }
}
