//! Fetching a file: one connection for each redirect, to addresses that were checked.

use std::{net::SocketAddr, time::Duration};

use bytes::Bytes;
use futures_util::{
    Stream, StreamExt as _,
    stream::{self, BoxStream},
};
use reqwest::{
    Client, RequestBuilder, Response, StatusCode, Url,
    header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, HeaderName, LOCATION},
    redirect::Policy,
};
use tokio::time::{Instant, timeout_at};

use crate::{CheckedResolver, Refused, Target};

/// What servers see of us.
const AGENT: &str = "jonquil";

/// How much a fetch may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    pub max_bytes: u64,
    /// Redirects that are followed.
    pub redirects: usize,
    /// Until a connection stands.
    pub connect: Duration,
    /// Between two pieces.
    pub idle: Duration,
    /// From the beginning to the last byte.
    pub total: Duration,
}

/// Why nothing was fetched. The texts are for whoever named the address.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// It will be the same each time.
    #[error("{0}")]
    Refused(String),
    /// It may go better next time.
    #[error("{0}")]
    Failed(String),
}

impl From<Refused> for FetchError {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Address(reason) => Self::Refused(format!("the address {reason}")),
            Refused::Unresolved(_) => Self::Failed(refused.to_string()),
        }
    }
}

/// A file that is coming in.
pub struct Fetched {
    /// The last part of the address that it came from.
    pub file_name: Option<String>,
    /// As the server says.
    pub length: Option<u64>,
    /// Ends with an error when there are more bytes than there may be, or when they do not come in time.
    pub bytes: BoxStream<'static, Result<Bytes, FetchError>>,
}

/// Fetches files from addresses that people name.
#[derive(Clone)]
pub struct Fetcher {
    resolver: CheckedResolver,
    limits: Limits,
    /// Types that are taken, or their beginnings.
    types: &'static [&'static str],
}

impl Fetcher {
    #[must_use]
    pub fn new(resolver: CheckedResolver, limits: Limits, types: &'static [&'static str]) -> Self {
        Self {
            resolver,
            limits,
            types,
        }
    }

    /// Begins to fetch.
    pub async fn get(&self, url: &str) -> Result<Fetched, FetchError> {
        let until = Instant::now() + self.limits.total;
        let mut url = self.resolver.parse(url)?;
        for _ in 0..=self.limits.redirects {
            let response = self.ask(&url, until).await?;
            if let Some(next) = redirect(&response, &url)? {
                url = next;
                continue;
            }
            return self.accept(response, &url, until);
        }
        let most = self.limits.redirects;
        Err(FetchError::Refused(format!(
            "the address leads on more than {most} times"
        )))
    }

    async fn ask(&self, url: &Url, until: Instant) -> Result<Response, FetchError> {
        let asked = async {
            let target = self.resolver.target(url).await?;
            let client = client(&target, self.limits.connect, self.limits.idle)?;
            let request = client.get(url.clone()).header(ACCEPT_ENCODING, "identity");
            send(request, &target).await
        };
        let answered = timeout_at(until, asked).await;
        answered.unwrap_or_else(|_| Err(too_slow()))
    }

    fn accept(&self, response: Response, url: &Url, until: Instant) -> Result<Fetched, FetchError> {
        let status = response.status();
        if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
            return Err(FetchError::Failed(format!("the server answers {status}")));
        }
        if status != StatusCode::OK {
            return Err(FetchError::Refused(format!("the server answers {status}")));
        }
        let header = |name: HeaderName| response.headers().get(name).and_then(|value| value.to_str().ok());
        let is_plain = header(CONTENT_ENCODING).is_none_or(|encoding| encoding.eq_ignore_ascii_case("identity"));
        if !is_plain {
            return Err(FetchError::Refused("the server sends it compressed".to_owned()));
        }
        let of_type = header(CONTENT_TYPE).map(str::to_ascii_lowercase).unwrap_or_default();
        if !of_type.is_empty() && !self.types.iter().any(|taken| of_type.starts_with(taken)) {
            let shown: String = of_type.chars().take(80).collect();
            return Err(FetchError::Refused(format!("the server says that it is {shown}")));
        }
        let (length, max) = (response.content_length(), self.limits.max_bytes);
        if length.is_some_and(|length| length > max) {
            return Err(too_large(max));
        }
        Ok(Fetched {
            file_name: file_name(url),
            length,
            bytes: limited(response.bytes_stream(), max, until).boxed(),
        })
    }
}

/// A client that knows these addresses only. It follows no redirect and asks no proxy.
pub(crate) fn client(target: &Target, connect: Duration, idle: Duration) -> Result<Client, FetchError> {
    let addresses: &[SocketAddr] = &target.addresses;
    let client = Client::builder()
        .user_agent(AGENT)
        .redirect(Policy::none())
        .no_proxy()
        // Another crate may switch these on: what was packed is refused, not unpacked.
        .no_gzip()
        .no_brotli()
        .no_deflate()
        .referer(false)
        // Each address that is asked has a client of its own: no connection is used again.
        .pool_max_idle_per_host(0)
        .connect_timeout(connect)
        .read_timeout(idle)
        .resolve_to_addrs(&target.host, addresses);
    client.build().map_err(|error| failed(&error))
}

/// Until the beginning of the answer.
pub(crate) async fn send(request: RequestBuilder, target: &Target) -> Result<Response, FetchError> {
    let response = request.send().await.map_err(|error| failed(&error))?;
    // What was checked is what was connected to, whatever the client does with names.
    match response.remote_addr() {
        Some(address) if target.addresses.contains(&address) => Ok(response),
        _ => Err(FetchError::Refused("the address changed while it was asked".to_owned())),
    }
}

fn limited(
    bytes: impl Stream<Item = reqwest::Result<Bytes>> + Send + 'static,
    max: u64,
    until: Instant,
) -> impl Stream<Item = Result<Bytes, FetchError>> + Send {
    stream::unfold(Some((bytes.boxed(), 0)), move |state| async move {
        let (mut bytes, so_far) = state?;
        let piece = match timeout_at(until, bytes.next()).await {
            Ok(None) => return None,
            Ok(Some(Ok(piece))) => piece,
            Ok(Some(Err(error))) => return Some((Err(failed(&error)), None)),
            Err(_) => return Some((Err(too_slow()), None)),
        };
        let so_far = so_far + piece.len() as u64;
        if so_far > max {
            return Some((Err(too_large(max)), None));
        }
        Some((Ok(piece), Some((bytes, so_far))))
    })
}

/// Where a redirect leads; none where there is no redirect. It is checked as the first address was.
fn redirect(response: &Response, from: &Url) -> Result<Option<Url>, FetchError> {
    let is_one = matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308);
    if !is_one {
        return Ok(None);
    }
    let location = response.headers().get(LOCATION).and_then(|value| value.to_str().ok());
    let next = location.and_then(|location| from.join(location).ok());
    let next = next.ok_or_else(|| FetchError::Refused("the server leads to no address".to_owned()))?;
    Ok(Some(next))
}

fn file_name(url: &Url) -> Option<String> {
    let last = url.path_segments()?.next_back().filter(|last| !last.is_empty())?;
    Some(percent_decoded(last))
}

/// Bytes that are no UTF-8 are replaced: it is a title of last resort.
fn percent_decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let (mut decoded, mut at) = (Vec::with_capacity(bytes.len()), 0);
    while let Some(byte) = bytes.get(at) {
        let digits = bytes
            .get(at + 1..at + 3)
            .and_then(|digits| std::str::from_utf8(digits).ok());
        match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(encoded) if *byte == b'%' => {
                decoded.push(encoded);
                at += 3;
            }
            _ => {
                decoded.push(*byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

fn too_large(max: u64) -> FetchError {
    FetchError::Refused(format!("the file is larger than the limit of {max} bytes"))
}

fn too_slow() -> FetchError {
    FetchError::Failed("the server does not send it in time".to_owned())
}

/// Without the address, which is known, and without what is behind it.
fn failed(error: &reqwest::Error) -> FetchError {
    let reason = if error.is_timeout() {
        "the server does not answer in time"
    } else if error.is_connect() {
        "the server cannot be reached"
    } else {
        "the server breaks off"
    };
    FetchError::Failed(reason.to_owned())
}

#[cfg(test)]
mod tests {
    use super::{Url, file_name};

    #[test]
    fn a_file_is_named_by_the_end_of_its_address() {
        let name = |url: &str| file_name(&url.parse::<Url>().unwrap());
        assert_eq!(
            name("https://example.org/a/Spokoynaya%20noch.flac?x=1").as_deref(),
            Some("Spokoynaya noch.flac")
        );
        assert_eq!(
            name("https://example.org/%D0%98%D0%B3%D1%80%D0%B0.mp3").as_deref(),
            Some("Игра.mp3")
        );
        assert_eq!(name("https://example.org/100%").as_deref(), Some("100%"));
        assert_eq!(name("https://example.org/"), None);
    }
}
