//! A receiver of webhooks, and what stories of webhooks have in common.

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use domain::DeliveryStatus;
use events::Topic;
use hmac::{Hmac, Mac as _};
use http_kit::Page;
use representations::{WebhookDelivery, WebhookWithSecret};
use serde_json::{Value, json};
use sha2::Sha256;
use tests::{App, Builder, Http, Person, eventually};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream},
    sync::Semaphore,
};
use uuid::Uuid;

pub const PATH: &str = "/api/v1/webhooks/";
pub const TRACK_CREATED: &str = "jonquil.track.created.v1";

/// What came in.
#[derive(Clone, Debug)]
pub struct Hook {
    /// Where to, as `/hook`.
    pub path: String,
    pub headers: HashMap<String, String>,
    pub body: Vec<u8>,
}

impl Hook {
    pub fn id(&self) -> Uuid {
        self.headers["webhook-id"].parse().expect("an id")
    }

    pub fn event(&self) -> Value {
        serde_json::from_slice(&self.body).expect("an event")
    }

    /// As a receiver checks it that knows <https://www.standardwebhooks.com> and none of our code.
    pub fn is_signed_with(&self, secret: &str) -> bool {
        let key = STANDARD
            .decode(secret.strip_prefix("whsec_").expect("a secret"))
            .expect("base64");
        let signed = format!("{}.{}.", self.headers["webhook-id"], self.headers["webhook-timestamp"]);
        self.headers["webhook-signature"].split(' ').any(|signature| {
            let given = STANDARD
                .decode(signature.strip_prefix("v1,").expect("v1"))
                .expect("base64");
            let mut mac = Hmac::<Sha256>::new_from_slice(&key).expect("a key");
            mac.update(signed.as_bytes());
            mac.update(&self.body);
            mac.verify_slice(&given).is_ok()
        })
    }
}

/// A server that takes hooks. Answers what it is told, in turn, then 204; while it is closed nothing is answered.
#[derive(Clone)]
pub struct Receiver {
    pub address: SocketAddr,
    hooks: Arc<Mutex<Vec<Hook>>>,
    answers: Arc<Mutex<Vec<&'static str>>>,
    open: Arc<Semaphore>,
    at_once: Arc<AtomicUsize>,
    pub most_at_once: Arc<AtomicUsize>,
}

impl Receiver {
    pub async fn start() -> Self {
        Self::answering(&[]).await
    }

    pub async fn answering(answers: &[&'static str]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let receiver = Self {
            address: listener.local_addr().expect("an address"),
            hooks: Arc::default(),
            answers: Arc::new(Mutex::new(answers.iter().rev().copied().collect())),
            open: Arc::new(Semaphore::new(Semaphore::MAX_PERMITS)),
            at_once: Arc::default(),
            most_at_once: Arc::default(),
        };
        let serving = receiver.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let serving = serving.clone();
                tokio::spawn(async move { serving.serve(stream).await });
            }
        });
        receiver
    }

    /// One that answers once it is opened.
    pub async fn closed() -> Self {
        let receiver = Self::start().await;
        receiver.open.forget_permits(Semaphore::MAX_PERMITS);
        receiver
    }

    pub fn opens(&self) {
        self.open
            .add_permits(Semaphore::MAX_PERMITS - self.open.available_permits());
    }

    async fn serve(&self, stream: TcpStream) {
        let mut stream = BufReader::new(stream);
        let (mut line, mut headers) = (String::new(), HashMap::new());
        if stream.read_line(&mut line).await.is_err() {
            return;
        }
        let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
        line.clear();
        while stream.read_line(&mut line).await.unwrap_or(0) > 2 {
            if let Some((name, value)) = line.split_once(": ") {
                headers.insert(name.to_lowercase(), value.trim().to_owned());
            }
            line.clear();
        }
        let length = headers.get("content-length").and_then(|length| length.parse().ok());
        let mut body = vec![0; length.unwrap_or(0)];
        if stream.read_exact(&mut body).await.is_err() {
            return;
        }
        self.hooks.lock().unwrap().push(Hook { path, headers, body });
        let now = self.at_once.fetch_add(1, Ordering::SeqCst) + 1;
        self.most_at_once.fetch_max(now, Ordering::SeqCst);
        let open = self.open.acquire().await.expect("open");
        drop(open);
        self.at_once.fetch_sub(1, Ordering::SeqCst);
        let status = self.answers.lock().unwrap().pop().unwrap_or("204 No Content");
        let answer = format!("HTTP/1.1 {status}\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok");
        drop(stream.write_all(answer.as_bytes()).await);
    }

    pub fn url(&self) -> String {
        format!("http://{}/hook", self.address)
    }

    pub fn hooks(&self) -> Vec<Hook> {
        self.hooks.lock().unwrap().clone()
    }

    /// Waits until so many have come in.
    pub async fn takes(&self, count: usize) -> Vec<Hook> {
        eventually(&format!("{count} hooks come in"), async || {
            let hooks = self.hooks();
            (hooks.len() >= count).then_some(hooks)
        })
        .await
    }
}

pub fn builder(receivers: &[&Receiver]) -> Builder {
    let hosts: Vec<String> = receivers.iter().map(|receiver| receiver.address.to_string()).collect();
    App::builder()
        .setting("JONQUIL_WEBHOOK_ALLOWED_HOSTS", &hosts.join(","))
        .setting("JONQUIL_WEBHOOK_PAUSES", "0.05,0.1")
        .without_read_models()
}

pub async fn makes(by: &Person, to: &Receiver, types: &[&str]) -> WebhookWithSecret {
    let asked = json!({"url": to.url(), "types": types});
    by.http.post(PATH, &asked).await.is(201).parse()
}

pub fn of(hook: &WebhookWithSecret, rest: &str) -> String {
    format!("{PATH}{}{rest}", hook.webhook.id)
}

pub async fn deliveries(http: &Http, hook: &WebhookWithSecret) -> Vec<WebhookDelivery> {
    let page: Page<WebhookDelivery> = http.read_as(&of(hook, "/deliveries")).await;
    page.items
}

/// Waits until the first delivery of a hook stands so.
pub async fn stands(http: &Http, hook: &WebhookWithSecret, status: DeliveryStatus) -> WebhookDelivery {
    eventually(&format!("a delivery is {}", status.name()), async || {
        let mut all = deliveries(http, hook).await;
        all.pop().filter(|delivery| delivery.status == status)
    })
    .await
}

/// Waits until every event so far was read.
pub async fn fed(app: &App) {
    app.settle_outbox().await;
    let topics = [
        Topic::Artists,
        Topic::Albums,
        Topic::Tracks,
        Topic::Playlists,
        Topic::PlaylistItems,
        Topic::Favourites,
    ];
    let ends = app.ends().await.into_iter();
    for end in ends.filter(|end| topics.contains(&end.partition.topic) && end.offset > 0) {
        let (topic, number) = (end.partition.topic.name(), end.partition.number);
        let query = format!(
            "SELECT count(*) FROM webhook_positions WHERE topic = '{topic}' AND kafka_partition = {number} AND next >= {}",
            end.offset
        );
        eventually(&format!("{topic}/{number} is read"), async || {
            (app.number(&query).await == 1).then_some(())
        })
        .await;
    }
}
