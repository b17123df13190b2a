//! Sending something to an address that a person named, and reading the beginning of the answer. No redirect is followed.

use std::time::Duration;

use reqwest::{
    Response,
    header::{DATE, HeaderMap, HeaderName, RETRY_AFTER},
};
use tokio::time::{Instant, timeout_at};

use crate::{
    CheckedResolver, FetchError,
    fetch::{client, send},
};

/// How much a post may take.
#[derive(Clone, Copy, Debug)]
pub struct PostLimits {
    /// Bytes of the answer that are read.
    pub max_answer_bytes: usize,
    /// Until a connection stands.
    pub connect: Duration,
    /// Until the answer begins, and what is read of it is there.
    pub total: Duration,
}

/// What was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Of HTTP.
    pub status: u16,
    /// For how long it wants to be left alone, if it said so (RFC 9110, 10.2.3). A date is taken as one by its own clock: without
    /// a `Date` beside it, it says nothing.
    pub retry_after: Option<Duration>,
    /// The beginning of its body.
    pub beginning: Vec<u8>,
}

/// Sends to addresses that people name.
#[derive(Clone)]
pub struct Poster {
    resolver: CheckedResolver,
    limits: PostLimits,
}

impl Poster {
    #[must_use]
    pub fn new(resolver: CheckedResolver, limits: PostLimits) -> Self {
        Self { resolver, limits }
    }

    /// Sends a body with these headers, so that nobody on the way reads it. What was answered counts, whatever its status.
    pub async fn post(&self, url: &str, headers: &[(&str, String)], body: Vec<u8>) -> Result<Answer, FetchError> {
        let until = Instant::now() + self.limits.total;
        let posted = async {
            let url = self.resolver.parse_secure(url)?;
            let target = self.resolver.target(&url).await?;
            let mut request = client(&target, self.limits.connect, self.limits.total)?.post(url);
            for (name, value) in headers {
                request = request.header(*name, value);
            }
            send(request.body(body), &target).await
        };
        let response = timeout_at(until, posted)
            .await
            .unwrap_or_else(|_| Err(FetchError::Failed("the server does not answer in time".to_owned())))?;
        Ok(Answer {
            status: response.status().as_u16(),
            retry_after: retry_after(response.headers()),
            beginning: self.beginning(response, until).await,
        })
    }

    /// The answer has begun, so it counts; a body that does not come in time only says less.
    async fn beginning(&self, mut response: Response, until: Instant) -> Vec<u8> {
        let mut bytes = Vec::new();
        while bytes.len() < self.limits.max_answer_bytes {
            match timeout_at(until, response.chunk()).await {
                Ok(Ok(Some(piece))) => bytes.extend_from_slice(&piece),
                Ok(Ok(None) | Err(_)) | Err(_) => break,
            }
        }
        bytes.truncate(self.limits.max_answer_bytes);
        bytes
    }
}

fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = |name: &HeaderName| headers.get(name)?.to_str().ok();
    let asked = text(&RETRY_AFTER)?.trim();
    if let Ok(seconds) = asked.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let (until, now) = (
        httpdate::parse_http_date(asked),
        httpdate::parse_http_date(text(&DATE)?),
    );
    // None where it is over already.
    until.ok()?.duration_since(now.ok()?).ok()
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::*;

    #[test]
    fn retry_after_comes_in_seconds_or_as_a_date_beside_the_servers_own() {
        let wait = |after: &'static str, date: Option<&'static str>| {
            let mut headers = HeaderMap::from_iter([(RETRY_AFTER, HeaderValue::from_static(after))]);
            headers.extend(date.map(|date| (DATE, HeaderValue::from_static(date))));
            retry_after(&headers).map(|time| time.as_secs())
        };
        let now = Some("Fri, 27 Nov 2026 23:00:00 GMT");
        assert_eq!(wait("120", None), Some(120));
        assert_eq!(wait("Fri, 27 Nov 2026 23:02:00 GMT", now), Some(120));
        // The other two forms that RFC 9110 (5.6.7) has read.
        assert_eq!(wait("Friday, 27-Nov-26 23:02:00 GMT", now), Some(120));
        assert_eq!(wait("Fri Nov 27 23:02:00 2026", now), Some(120));
        assert_eq!(wait("Fri, 27 Nov 2026 23:02:00 GMT", None), None);
        assert_eq!(wait("Fri, 27 Nov 2026 22:02:00 GMT", now), None);
        assert_eq!(wait("soon", now), None);
        assert_eq!(wait("-1", now), None);
    }
}
