//! Requests to one API process, as somebody or nobody.

use std::{net::SocketAddr, time::Duration};

use reqwest::{Client, Method, RequestBuilder, redirect::Policy};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::Answer;

/// A way to the API.
#[derive(Clone)]
pub struct Http {
    client: Client,
    base: String,
    proof: Option<Proof>,
}

/// What says who asks.
#[derive(Clone)]
enum Proof {
    Token(String),
    Key(String),
}

impl Http {
    pub(crate) fn new(address: SocketAddr) -> Self {
        let client = Client::builder()
            .no_proxy()
            // Where one is sent is an answer like any other.
            .redirect(Policy::none())
            // A body is read as it came.
            .no_gzip()
            .timeout(Duration::from_mins(1))
            .build()
            .expect("an HTTP client");
        Self {
            client,
            base: format!("http://{address}"),
            proof: None,
        }
    }

    /// The same way, with an access token.
    #[must_use]
    pub fn with(&self, token: &str) -> Self {
        Self {
            proof: Some(Proof::Token(token.to_owned())),
            ..self.clone()
        }
    }

    /// The same way, with an API key.
    #[must_use]
    pub fn with_key(&self, key: &str) -> Self {
        Self {
            proof: Some(Proof::Key(key.to_owned())),
            ..self.clone()
        }
    }

    /// The same token at another process.
    pub(crate) fn moved_to(&self, other: &Self) -> Self {
        Self {
            base: other.base.clone(),
            ..self.clone()
        }
    }

    /// Where it leads, as `http://127.0.0.1:8080`.
    #[must_use]
    pub fn base(&self) -> &str {
        &self.base
    }

    /// A request of one's own making; send it with [`Self::send`].
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.client.request(method, format!("{}{path}", self.base));
        match &self.proof {
            Some(Proof::Token(token)) => request.bearer_auth(token),
            Some(Proof::Key(key)) => request.header("X-Api-Key", key),
            None => request,
        }
    }

    /// Sends a request and reads its answer.
    pub async fn send(&self, request: RequestBuilder) -> Answer {
        Answer::of(request.send().await).await
    }

    /// GET.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path)).await
    }

    /// What a GET shows, if it shows something.
    pub async fn read(&self, path: &str) -> Value {
        self.read_as(path).await
    }

    /// The same, as that type.
    pub async fn read_as<T: DeserializeOwned>(&self, path: &str) -> T {
        self.get(path).await.is(200).parse()
    }

    /// POST with a JSON body.
    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(self.request(Method::POST, path).json(body)).await
    }

    /// PUT with a JSON body.
    pub async fn put(&self, path: &str, body: &Value) -> Answer {
        self.send(self.request(Method::PUT, path).json(body)).await
    }

    /// DELETE.
    pub async fn delete(&self, path: &str) -> Answer {
        self.send(self.request(Method::DELETE, path)).await
    }
}
