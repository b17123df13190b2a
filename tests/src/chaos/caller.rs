//! A client that does not give up: it repeats a command until it has an answer, as the contract says clients may.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use reqwest::{Client, Method, RequestBuilder, Response, multipart::Form};
use serde_json::{Value, json};
use tokio::sync::RwLock;
use uuid::Uuid;

use super::book::{Log, count};
use crate::{PASSWORD, Person};

/// Longer than the service's own limit of a request.
const PATIENCE: Duration = Duration::from_secs(12);
const PAUSE: Duration = Duration::from_millis(150);

/// A signed-in person who asks whichever API process answers.
pub(super) struct Caller {
    client: Client,
    bases: Vec<String>,
    turn: AtomicUsize,
    username: String,
    token: RwLock<String>,
    pub id: Uuid,
    log: Arc<Log>,
}

/// What became of a command.
pub(super) enum Outcome {
    /// Acknowledged.
    Done(Value),
    /// Answered with a status that a repetition will not change; after attempts without an answer if `doubtful`.
    Refused { status: u16, doubtful: bool },
    /// There was no answer until the end of the run.
    Unknown,
}

enum Attempt {
    Done(Value),
    Refused(u16),
    NotNow,
}

/// A command's content.
pub(super) enum Content {
    Nothing,
    Json(Value),
    /// A file with its name.
    File(String, Vec<u8>),
}

impl Caller {
    pub(super) async fn of(person: &Person, bases: &[String], log: &Arc<Log>) -> Self {
        let client = Client::builder()
            .no_proxy()
            .timeout(PATIENCE)
            .build()
            .expect("a client");
        let caller = Self {
            client,
            bases: bases.to_vec(),
            turn: AtomicUsize::new(0),
            username: person.username.clone(),
            token: RwLock::default(),
            id: person.id.0,
            log: Arc::clone(log),
        };
        caller.signs_in().await;
        caller
    }

    async fn signs_in(&self) {
        let body = json!({"username": self.username, "password": PASSWORD});
        let request = self.request(&Method::POST, "/api/v1/auth/login-json").json(&body);
        if let Ok(answer) = request.send().await
            && let Ok(tokens) = answer.json::<Value>().await
            && let Some(token) = tokens["access_token"].as_str()
        {
            token.clone_into(&mut *self.token.write().await);
        }
    }

    fn request(&self, method: &Method, path: &str) -> RequestBuilder {
        let turn = self.turn.load(Ordering::Relaxed);
        let base = &self.bases[turn % self.bases.len()];
        self.client.request(method.clone(), format!("{base}{path}"))
    }

    /// POST with an `Idempotency-Key`.
    pub(super) async fn posts(&self, path: &str, body: Value) -> Outcome {
        let key = crate::new_id().to_string();
        self.asks(&Method::POST, path, Content::Json(body), Some(&key)).await
    }

    /// Repeats until there is an answer, or until the run is over.
    pub(super) async fn asks(&self, method: &Method, path: &str, content: Content, key: Option<&str>) -> Outcome {
        let mut doubtful = false;
        while !self.log.is_over() {
            count(&self.log.attempts);
            match self.tries(method, path, &content, key).await {
                Attempt::Done(body) => {
                    count(&self.log.acknowledged);
                    return Outcome::Done(body);
                }
                Attempt::Refused(status) => {
                    count(&self.log.refused);
                    return Outcome::Refused { status, doubtful };
                }
                Attempt::NotNow => {
                    doubtful = true;
                    self.turn.fetch_add(1, Ordering::Relaxed);
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
        count(&self.log.unanswered);
        Outcome::Unknown
    }

    async fn tries(&self, method: &Method, path: &str, content: &Content, key: Option<&str>) -> Attempt {
        let mut request = self.request(method, path).bearer_auth(self.token.read().await.as_str());
        if let Some(key) = key {
            request = request.header("Idempotency-Key", key);
        }
        request = match content {
            Content::Nothing => request,
            Content::Json(body) => request.json(body),
            Content::File(name, bytes) => {
                let part = reqwest::multipart::Part::bytes(bytes.clone()).file_name(name.clone());
                request.multipart(Form::new().part("file", part))
            }
        };
        match request.send().await {
            Ok(answer) => self.judged(answer, method, path).await,
            Err(_) => Attempt::NotNow,
        }
    }

    async fn judged(&self, answer: Response, method: &Method, path: &str) -> Attempt {
        let status = answer.status().as_u16();
        let again = answer.headers().contains_key("retry-after");
        let text = answer.text().await;
        if status == 503 {
            count(&self.log.unavailable);
        }
        match (status, text) {
            (200..300, Ok(text)) => Attempt::Done(serde_json::from_str(&text).unwrap_or_default()),
            (200..300, Err(_)) | (429 | 503 | 504, _) => Attempt::NotNow,
            (409, _) if again => Attempt::NotNow,
            (401, _) => {
                self.signs_in().await;
                Attempt::NotNow
            }
            (500.., text) => {
                // An engine that is away is no defect of ours: it is a 503.
                let text = text.unwrap_or_default();
                self.log.finds("wrong", format!("{method} {path}: {status} {text}"));
                Attempt::NotNow
            }
            (status, _) => Attempt::Refused(status),
        }
    }
}
