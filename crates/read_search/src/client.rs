//! The connection: one bounded HTTP call to Elasticsearch.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use elasticsearch::{
    auth::Credentials,
    cert::{Certificate, CertificateValidation},
    http::{
        Method, Url,
        headers::{CONTENT_TYPE, HeaderMap, HeaderValue},
        transport::{SingleNodeConnectionPool, Transport, TransportBuilder},
    },
};
use projector::{Position, Unavailable, generations::Serving};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::{Index, answer::reason, kept::Kept};

/// Where the read model lives.
#[derive(Clone)]
pub struct SearchConfig {
    /// `http(s)://[user:password@]host:port[/path]`; with several nodes, what balances between them.
    pub url: String,
    /// Put before every index and alias: lower-case letters, digits, `_` and `-`, a letter or digit first. May be empty.
    pub index_prefix: String,
    /// The longest a query or a health check may take.
    pub timeout: Duration,
    /// The longest one write may take: a bulk, a refresh, the creation of an index.
    pub write_timeout: Duration,
    /// Copies of each index beside the first; 0 on a single node.
    pub replicas: u8,
    /// How old the last look may be at whether the indexes have changed; zero keeps no hits.
    pub look: Duration,
    /// Encoded, as Elasticsearch gives it away; wins over a password in the address.
    pub api_key: Option<String>,
    /// Authorities that are trusted over TLS, in PEM, beside those that every browser trusts.
    pub authorities: Option<Arc<str>>,
}

/// A config that no server could make work.
#[derive(Debug, thiserror::Error)]
#[error("elasticsearch: {0}")]
pub struct BadConfig(String);

/// The search read model, in one generation; queries go to the generation that serves. A clone shares the connections; the runtime that first used them must outlive it.
#[derive(Clone)]
pub struct Search {
    pub(crate) inner: Arc<Inner>,
    pub(crate) generation: u32,
}

pub(crate) struct Inner {
    transport: Transport,
    pub prefix: String,
    pub timeout: Duration,
    pub write_timeout: Duration,
    pub replicas: u8,
    pub serving: Serving,
    pub kept: Kept,
}

/// What is sent with a call.
pub(crate) enum Body<'a> {
    Nothing,
    Json(&'a Value),
    /// Newline-delimited JSON: `_bulk`, `_msearch`.
    Lines(Bytes),
}

/// What came back, whatever its status.
pub(crate) struct Reply {
    pub status: u16,
    pub body: Bytes,
}

pub(crate) fn unavailable(reason: impl Into<String>) -> Unavailable {
    Unavailable {
        engine: "elasticsearch",
        reason: reason.into(),
    }
}

impl Search {
    /// Prepares the connections; sends nothing yet.
    ///
    /// # Errors
    /// [`BadConfig`] when the address is no URL or the prefix no beginning of an index's name.
    pub fn connect(config: &SearchConfig) -> Result<Self, BadConfig> {
        let mut url: Url = config
            .url
            .parse()
            .map_err(|e| BadConfig(format!("the address is no URL: {e}")))?;
        let name = &config.index_prefix;
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '-';
        if !name.chars().all(plain) || name.starts_with(['_', '-']) {
            return Err(BadConfig(format!("{name:?} is no index prefix: use a-z, 0-9, _ and -")));
        }
        let credentials = match &config.api_key {
            Some(key) => Some(Credentials::EncodedApiKey(key.clone())),
            None => credentials(&url)?,
        };
        // reqwest would send them a second time.
        if url.set_username("").and_then(|()| url.set_password(None)).is_err() {
            return Err(BadConfig("the address has no host".to_owned()));
        }
        // No proxy: only `app` reads the environment, and reqwest would.
        let mut builder = TransportBuilder::new(SingleNodeConnectionPool::new(url)).disable_proxy();
        if let Some(credentials) = credentials {
            builder = builder.auth(credentials);
        }
        if let Some(pem) = &config.authorities {
            let authorities = Certificate::from_pem(pem.as_bytes());
            let authorities = authorities.map_err(|e| BadConfig(format!("the authorities cannot be read: {e}")))?;
            builder = builder.cert_validation(CertificateValidation::Full(authorities));
        }
        let transport = builder.build().map_err(|e| BadConfig(e.to_string()))?;
        let inner = Inner {
            transport,
            prefix: name.clone(),
            timeout: config.timeout,
            write_timeout: config.write_timeout,
            replicas: config.replicas,
            serving: Serving::default(),
            kept: Kept::new(config.look),
        };
        Ok(Self {
            inner: Arc::new(inner),
            generation: 1,
        })
    }

    /// The same in another generation, over the same connections.
    #[must_use]
    pub fn at(&self, generation: u32) -> Self {
        let inner = Arc::clone(&self.inner);
        Self { inner, generation }
    }

    /// The generation that queries read. It has caught up with the time when it was made.
    pub(crate) async fn serving(&self) -> Result<Self, Unavailable> {
        self.inner.serving.of(self, "elasticsearch").await
    }

    /// How far the generation is that queries read.
    pub async fn serving_positions(&self) -> Result<Vec<Position>, Unavailable> {
        self.serving().await?.positions().await
    }

    /// Whether all indexes can be searched, whole.
    pub async fn health(&self) -> Result<(), Unavailable> {
        let serving = self.serving().await?;
        let names = Index::ALL.map(|index| serving.alias(index)).join(",");
        let path = format!("{names}/_search?allow_partial_search_results=false");
        let probe = json!({"size": 0, "terminate_after": 1, "track_total_hits": false});
        self.call::<Value>(Method::Post, &path, Body::Json(&probe), self.inner.timeout)
            .await
            .map(drop)
    }

    /// One call that must succeed, decoded.
    pub(crate) async fn call<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: Body<'_>,
        timeout: Duration,
    ) -> Result<T, Unavailable> {
        let reply = self.send(method, path, body, timeout).await?;
        if !(200..300).contains(&reply.status) {
            return Err(unavailable(reason(&reply)));
        }
        serde_json::from_slice(&reply.body).map_err(|e| unavailable(format!("an answer that is not understood: {e}")))
    }

    /// One call; the caller judges the status.
    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        body: Body<'_>,
        timeout: Duration,
    ) -> Result<Reply, Unavailable> {
        let mut headers = HeaderMap::new();
        let bytes = match body {
            Body::Nothing => None,
            Body::Json(value) => Some(Bytes::from(value.to_string())),
            Body::Lines(lines) => {
                headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-ndjson"));
                Some(lines)
            }
        };
        let answered = async {
            // The transport's own timeout covers the answer's body too.
            let response = self
                .inner
                .transport
                .send(method, path, headers, None::<&()>, bytes, Some(timeout))
                .await?;
            let status = response.status_code().as_u16();
            Ok(Reply {
                status,
                body: response.bytes().await?,
            })
        };
        answered
            .await
            .map_err(|error: elasticsearch::Error| unavailable(chain(&error, timeout)))
    }
}

fn credentials(url: &Url) -> Result<Option<Credentials>, BadConfig> {
    let Some(password) = url.password() else {
        return Ok(None);
    };
    // The only percent-decoder at hand is that of query strings, which has two characters of its own.
    let decoded = |text: &str| -> Result<String, BadConfig> {
        let text = text.replace('+', "%2B").replace('&', "%26");
        let carrier = Url::parse(&format!("http://host/?v={text}")).ok();
        let value = carrier.and_then(|url| url.query_pairs().next().map(|(_, value)| value.into_owned()));
        value.ok_or_else(|| BadConfig("the user or password in the address cannot be decoded".to_owned()))
    };
    Ok(Some(Credentials::Basic(decoded(url.username())?, decoded(password)?)))
}

/// The innermost cause says what happened; the outer ones repeat the address.
fn chain(error: &elasticsearch::Error, timeout: Duration) -> String {
    if error.is_timeout() {
        return format!("no answer within {timeout:?}");
    }
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}

#[cfg(test)]
mod tests {
    use std::{
        io::{BufRead as _, BufReader},
        net::TcpListener,
        time::Duration,
    };

    use super::{Body, Method, Search, SearchConfig};

    /// Who a request says that it is from.
    async fn authorization(user: &str, api_key: Option<&str>) -> Option<String> {
        let listener = TcpListener::bind("127.0.0.1:0").expect("an address");
        let address = listener.local_addr().expect("an address");
        let timeout = Duration::from_secs(5);
        let search = Search::connect(&SearchConfig {
            url: format!("http://{user}{address}"),
            index_prefix: String::new(),
            timeout,
            write_timeout: timeout,
            replicas: 0,
            look: Duration::ZERO,
            api_key: api_key.map(str::to_owned),
            authorities: None,
        });
        let search = search.expect("a valid config");
        let head = tokio::task::spawn_blocking(move || {
            let (client, _) = listener.accept().expect("a request");
            let lines = BufReader::new(client).lines().map_while(Result::ok);
            lines.take_while(|line| !line.is_empty()).collect::<Vec<_>>()
        });
        // It gets no answer.
        drop(
            search
                .send(Method::Get, "_cluster/health", Body::Nothing, timeout)
                .await,
        );
        let head = head.await.expect("the head of a request");
        let is_it = |line: &&String| line.to_lowercase().starts_with("authorization: ");
        head.iter()
            .find(is_it)
            .map(|line| line["authorization: ".len()..].to_owned())
    }

    #[tokio::test]
    async fn a_request_is_from_whom_the_settings_say() {
        assert_eq!(authorization("", None).await, None);
        // "me:p@ss" in base64.
        assert_eq!(
            authorization("me:p%40ss@", None).await.as_deref(),
            Some("Basic bWU6cEBzcw==")
        );
        let key = authorization("me:p%40ss@", Some("bmFtZTprZXk=")).await;
        assert_eq!(key.as_deref(), Some("ApiKey bmFtZTprZXk="));
    }
}
