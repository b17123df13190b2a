//! The demo's HTTP client. It retries while a part of the service is unavailable: every request is safe to repeat.

use std::time::Duration;

use events::Time;
use reqwest::{
    Client, RequestBuilder, StatusCode,
    header::{ETAG, HeaderMap, IF_MATCH, RETRY_AFTER},
    multipart::{Form, Part},
};
use serde_json::{Value, json};

use super::{
    DemoError,
    music::{Piece, Sound},
};

const CONNECT: Duration = Duration::from_secs(5);
/// For one request and its response; an upload sends a whole file.
const REQUEST: Duration = Duration::from_mins(1);
const TRIES: u64 = 6;

/// A client of one service.
pub(super) struct Api {
    http: Client,
    base: String,
}

/// A response of the API.
pub(super) struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Value,
}

impl Api {
    pub(super) fn new(url: &str) -> Result<Self, DemoError> {
        let base = url.trim_end_matches('/').to_owned();
        let http = Client::builder().connect_timeout(CONNECT).timeout(REQUEST).build();
        match http {
            Ok(http) => Ok(Self { http, base }),
            Err(error) => Err(DemoError::Unreachable {
                url: base,
                doing: "starting".to_owned(),
                reason: chain(&error),
            }),
        }
    }

    /// A new access token.
    pub(super) async fn sign_in(&self, username: &str, password: &str) -> Result<String, DemoError> {
        let doing = format!("signing in as {username}");
        let body = json!({ "username": username, "password": password });
        let answer = self
            .ask(&doing, || self.post("/api/v1/auth/login-json").json(&body))
            .await?;
        let answer = answer.must(&doing, StatusCode::OK)?;
        let token = answer["access_token"].as_str().map(str::to_owned);
        token.ok_or(DemoError::Unexpected {
            doing,
            missing: "access_token",
        })
    }

    /// Opens a listener's account unless there is one of this name.
    pub(super) async fn register(&self, username: &str, password: &str) -> Result<(), DemoError> {
        let doing = format!("registering {username}");
        let body = json!({ "username": username, "email": format!("{username}@example.org"), "password": password });
        let answer = self
            .ask(&doing, || self.post("/api/v1/auth/register").json(&body))
            .await?;
        if answer.status == StatusCode::CONFLICT {
            return Ok(());
        }
        answer.must(&doing, StatusCode::CREATED).map(drop)
    }

    /// When the account of a token was made.
    pub(super) async fn account_since(&self, token: &str) -> Result<Time, DemoError> {
        let doing = "reading an account";
        let request = || {
            self.http
                .get(format!("{}/api/v1/auth/me", self.base))
                .bearer_auth(token)
        };
        let account = self.ask(doing, request).await?.must(doing, StatusCode::OK)?;
        serde_json::from_value(account["created_at"].clone()).map_err(|_| DemoError::Unexpected {
            doing: doing.to_owned(),
            missing: "created_at",
        })
    }

    /// Uploads a piece and returns its track, also when the same audio was uploaded before.
    pub(super) async fn upload(&self, token: &str, piece: &Piece) -> Result<Value, DemoError> {
        let doing = format!("uploading {}", piece.name());
        let mut tries = 0;
        let answer = loop {
            tries += 1;
            // A form streams from its file and can be sent once: each try makes its own.
            let request = self
                .post("/api/v1/upload/uploadfile/")
                .bearer_auth(token)
                .multipart(form(piece).await?);
            if let Some(answer) = self.attempt(&doing, request, tries).await? {
                break answer;
            }
        };
        if answer.status != StatusCode::CONFLICT {
            return answer.must(&doing, StatusCode::CREATED);
        }
        // The problem names the track in its text.
        let known = answer
            .detail()
            .split_whitespace()
            .find_map(|word| uuid::Uuid::try_parse(word).ok());
        let id = known.ok_or(DemoError::Unexpected {
            doing,
            missing: "track id",
        })?;
        Ok(self.get(&format!("/api/v1/tracks/{id}")).await?.1)
    }

    /// Sets an artist's biography unless it has one: a person may have written it.
    pub(super) async fn describe(&self, token: &str, artist: &str, bio: &str) -> Result<(), DemoError> {
        let path = format!("/api/v1/artists/{artist}");
        let (version, state) = self.get(&path).await?;
        if !state["bio"].is_null() {
            return Ok(());
        }
        let (doing, body) = ("crediting an artist", json!({ "bio": bio }));
        let request = || {
            let request = self.http.put(format!("{}{path}", self.base)).bearer_auth(token);
            request.header(IF_MATCH, &version).json(&body)
        };
        let answer = self.ask(doing, request).await?;
        if answer.status == StatusCode::PRECONDITION_FAILED {
            return Ok(()); // Changed meanwhile by somebody else, or by our own first try.
        }
        answer.must(doing, StatusCode::OK).map(drop)
    }

    /// Posts up to 1,000 listens; returns how many were accepted.
    pub(super) async fn listened(&self, token: &str, events: &[Value]) -> Result<u64, DemoError> {
        let doing = "posting listens";
        let body = json!({ "events": events });
        let request = || {
            self.post("/api/v1/analytics/listening-events")
                .bearer_auth(token)
                .json(&body)
        };
        let answer = self.ask(doing, request).await?.must(doing, StatusCode::ACCEPTED)?;
        if let Some(first) = answer["rejected"].as_array().and_then(|rejected| rejected.first()) {
            let detail = first["error"].as_str().unwrap_or_default().to_owned();
            return Err(DemoError::Refused {
                doing: doing.to_owned(),
                status: 202,
                detail,
            });
        }
        answer["accepted"].as_u64().ok_or(DemoError::Unexpected {
            doing: doing.to_owned(),
            missing: "accepted",
        })
    }

    /// A resource and its `ETag`.
    async fn get(&self, path: &str) -> Result<(String, Value), DemoError> {
        let doing = format!("reading {path}");
        let answer = self
            .ask(&doing, || self.http.get(format!("{}{path}", self.base)))
            .await?;
        let version = answer
            .headers
            .get(ETAG)
            .and_then(|tag| tag.to_str().ok())
            .unwrap_or("*")
            .to_owned();
        Ok((version, answer.must(&doing, StatusCode::OK)?))
    }

    fn post(&self, path: &str) -> RequestBuilder {
        self.http.post(format!("{}{path}", self.base))
    }

    async fn ask(&self, doing: &str, request: impl Fn() -> RequestBuilder) -> Result<Answer, DemoError> {
        let mut tries = 0;
        loop {
            tries += 1;
            if let Some(answer) = self.attempt(doing, request(), tries).await? {
                return Ok(answer);
            }
        }
    }

    /// `None`: the caller must try again. The wait before that is over.
    async fn attempt(&self, doing: &str, request: RequestBuilder, tries: u64) -> Result<Option<Answer>, DemoError> {
        let wait = match exchange(request).await {
            Ok(answer) if !answer.is_temporary() || tries >= TRIES => return Ok(Some(answer)),
            Ok(answer) => answer.retry_after(),
            Err(error) if tries >= TRIES => {
                let (url, doing) = (self.base.clone(), doing.to_owned());
                return Err(DemoError::Unreachable {
                    url,
                    doing,
                    reason: chain(&error),
                });
            }
            // The connection failed: the service may be starting.
            Err(_) => Duration::from_millis(250 * tries),
        };
        tokio::time::sleep(wait).await;
        Ok(None)
    }
}

impl Answer {
    fn is_temporary(&self) -> bool {
        matches!(
            self.status,
            StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS
        )
    }

    fn retry_after(&self) -> Duration {
        let seconds = self
            .headers
            .get(RETRY_AFTER)
            .and_then(|value| value.to_str().ok()?.parse().ok());
        Duration::from_secs(seconds.unwrap_or(1).min(10))
    }

    fn detail(&self) -> &str {
        self.body["detail"].as_str().unwrap_or("no reason given")
    }

    fn must(self, doing: &str, status: StatusCode) -> Result<Value, DemoError> {
        if self.status == status {
            return Ok(self.body);
        }
        let detail = self.detail().to_owned();
        Err(DemoError::Refused {
            doing: doing.to_owned(),
            status: self.status.as_u16(),
            detail,
        })
    }
}

async fn exchange(request: RequestBuilder) -> reqwest::Result<Answer> {
    let response = request.send().await?;
    let (status, headers) = (response.status(), response.headers().clone());
    let body = response.bytes().await?;
    Ok(Answer {
        status,
        headers,
        body: serde_json::from_slice(&body).unwrap_or_default(),
    })
}

async fn form(piece: &Piece) -> Result<Form, DemoError> {
    let part = match &piece.sound {
        Sound::File(path) => Part::file(path).await.map_err(|reason| DemoError::File {
            path: path.clone(),
            reason,
        })?,
        Sound::Generated(name, bytes) => Part::bytes(bytes.clone()).file_name(name.clone()),
    };
    Ok(Form::new().part("file", part))
}

/// An error with its causes: the outermost alone does not name the reason.
fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
