//! Uploads from addresses of the web: a job fetches them, and never from where a stranger must not look.

use std::{
    collections::{HashMap, HashSet},
    io,
    net::{IpAddr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use fetcher::{AllowedHosts, CheckedResolver, FetchError, Fetcher, Limits, Resolve, Resolving};
use futures_util::TryStreamExt as _;
use representations::{Job, Track};
use serde_json::{Value, json};
use tests::{App, Http, Person, Wav, eventually};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};

const PATH: &str = "/api/v1/tracks/upload-from-url/";

/// A server of the story's own, which answers each path as it is told. Counts what it is asked.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    asked: Arc<AtomicUsize>,
}

impl Server {
    pub(crate) async fn start(answers: HashMap<&'static str, Vec<u8>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, asked) = (listener.local_addr().unwrap(), Arc::new(AtomicUsize::new(0)));
        let (answers, counter) = (Arc::new(answers), Arc::clone(&asked));
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let (answers, counter) = (Arc::clone(&answers), Arc::clone(&counter));
                tokio::spawn(async move {
                    let mut request = vec![0; 4_096];
                    let read = stream.read(&mut request).await.unwrap_or(0);
                    let request = String::from_utf8_lossy(&request[..read]).into_owned();
                    let path = request.split(' ').nth(1).unwrap_or_default();
                    counter.fetch_add(1, Ordering::SeqCst);
                    let answer = answers.get(path).cloned().unwrap_or_else(|| status("404 Not Found"));
                    drop(stream.write_all(&answer).await);
                    if path.starts_with("/drip") {
                        let mut often = tokio::time::interval(Duration::from_millis(50));
                        while stream.write_all(b"x").await.is_ok() {
                            often.tick().await;
                        }
                    }
                    // One that promises more than it sends stays open.
                    if path.starts_with("/slow") {
                        std::future::pending::<()>().await;
                    }
                });
            }
        });
        Self { address, asked }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

fn status(status: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").into_bytes()
}

pub(crate) fn file(content_type: &str, bytes: &[u8]) -> Vec<u8> {
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: {content_type}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        bytes.len()
    );
    [head.as_bytes(), bytes].concat()
}

fn redirect(to: &str) -> Vec<u8> {
    format!("HTTP/1.1 302 Found\r\nlocation: {to}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").into_bytes()
}

async fn app(allowed: &str) -> App {
    App::builder()
        .setting("JONQUIL_UPLOAD_URL_ALLOWED_HOSTS", allowed)
        .without_read_models()
        .start()
        .await
}

async fn asks(by: &Person, body: &Value) -> Job {
    by.http.post(PATH, body).await.is(202).parse()
}

async fn ends(http: &Http, job: &Job) -> Job {
    let path = format!("/api/v1/upload/jobs/{}", job.id);
    eventually("the job ends", async || {
        let job: Job = http.read_as(&path).await;
        job.finished_at.is_some().then_some(job)
    })
    .await
}

#[tokio::test]
async fn a_file_is_fetched_and_becomes_a_track_as_if_it_had_been_sent() {
    let wav = Wav::named(2_000, 1, "Igra", "Кино").bytes();
    let server = Server::start(HashMap::from([
        ("/moved", redirect("/music/Igra%201.wav")),
        ("/music/Igra%201.wav", file("audio/x-wav", &wav)),
    ]))
    .await;
    let app = app(&server.address.to_string()).await;
    let (label, ada) = (app.artist_account("label").await, app.listener("ada").await);
    let answer = label
        .http
        .post(PATH, &json!({"url": server.url("/moved")}))
        .await
        .is(202);
    let job: Job = answer.parse();
    assert_eq!(answer.header("location"), format!("/api/v1/upload/jobs/{}", job.id));
    ada.http.get(answer.header("location")).await.is(404);
    let done = ends(&label.http, &job).await;
    let size = i64::try_from(wav.len()).unwrap();
    assert_eq!((done.done, done.of, done.error), (size, Some(size), None));
    let track = done.result.expect("a result")["track_id"]
        .as_str()
        .expect("a track")
        .to_owned();
    let track: Track = label.http.read_as(&format!("/api/v1/tracks/{track}")).await;
    assert_eq!((track.title.as_str(), track.artist.name.as_str()), ("Igra", "Кино"));
    let stream = label.http.get(&format!("/api/v1/tracks/{}/stream", track.id)).await;
    assert_eq!(stream.is(200).bytes, wav);

    // The same audio again is refused, naming the track.
    let again = asks(&label, &json!({"url": server.url("/moved"), "title": "Other"})).await;
    let refused = ends(&label.http, &again).await.error.expect("a reason");
    assert!(refused.contains(&track.id.to_string()), "{refused}");
    assert_eq!(app.object_keys().await.len(), 1);
    ada.http.post(PATH, &json!({"url": server.url("/moved")})).await.is(403);
}

#[tokio::test]
async fn addresses_that_are_not_public_are_refused_before_anything_is_asked() {
    let secret = Server::start(HashMap::from([("/", file("audio/wav", b"secret"))])).await;
    let app = app("").await;
    let label = app.artist_account("label").await;
    let port = secret.address.port();
    for url in [
        format!("http://127.0.0.1:{port}/"),
        format!("http://127.1:{port}/"),
        format!("http://2130706433:{port}/"),
        format!("http://0x7f000001:{port}/"),
        format!("http://0177.0.0.1:{port}/"),
        format!("http://[::1]:{port}/"),
        format!("http://[::ffff:127.0.0.1]:{port}/"),
        format!("http://[64:ff9b::7f00:1]:{port}/"),
        format!("http://0.0.0.0:{port}/"),
        "http://169.254.169.254/latest/meta-data/".to_owned(),
        "http://10.0.0.7/x.mp3".to_owned(),
        "http://user:password@example.org/x.mp3".to_owned(),
        "ftp://example.org/x.mp3".to_owned(),
        "file:///etc/passwd".to_owned(),
        "x.mp3".to_owned(),
        format!("https://example.org/{}", "x".repeat(2_100)),
    ] {
        let refused = label.http.post(PATH, &json!({ "url": url })).await.is(422);
        assert_eq!(refused.faults(), ["url"], "{url}");
    }
    // A name is resolved by the job, and its address is checked there.
    let job = asks(&label, &json!({"url": format!("http://localhost:{port}/")})).await;
    let failed = ends(&label.http, &job).await;
    assert!(failed.error.expect("a reason").contains("not at a public address"));
    assert_eq!(secret.asked(), 0);
    assert_eq!(
        label
            .http
            .post(PATH, &json!({"url": "https://example.org/x", "titel": "x"}))
            .await
            .is(422)
            .faults(),
        ["titel"]
    );
    assert_eq!(label.http.post(PATH, &json!({})).await.is(422).faults(), ["url"]);
}

#[tokio::test]
async fn a_redirect_is_checked_as_the_address_itself() {
    let secret = Server::start(HashMap::from([("/", file("audio/wav", b"secret"))])).await;
    let lead = Server::start(HashMap::from([
        ("/loop", redirect("/loop")),
        ("/secret", redirect(&secret.url("/"))),
        ("/metadata", redirect("http://169.254.169.254/")),
        ("/file", redirect("file:///etc/passwd")),
        ("/page", file("text/html; charset=utf-8", b"<html>")),
        ("/noise", file("audio/mpeg", b"no sound at all")),
        ("/gone", status("410 Gone")),
        (
            "/large",
            b"HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n".to_vec(),
        ),
    ]))
    .await;
    let app = app(&lead.address.to_string()).await;
    let label = app.artist_account("label").await;
    for (path, reason) in [
        ("/loop", "more than 5 times"),
        ("/secret", "not at a public address"),
        ("/metadata", "not at a public address"),
        ("/file", "http:// or https://"),
        ("/page", "text/html"),
        ("/noise", "no audio file"),
        ("/gone", "410"),
        ("/large", "larger than the limit"),
    ] {
        let job = asks(&label, &json!({"url": lead.url(path)})).await;
        let error = ends(&label.http, &job).await.error.expect("a reason");
        assert!(error.contains(reason), "{path}: {error}");
    }
    assert_eq!(secret.asked(), 0, "nobody asked it");
    assert_eq!(app.object_keys().await, Vec::<String>::new());
    assert_eq!(app.number("SELECT count(*) FROM objects").await, 0);
}

/// Answers of a name server, one after another; the last one stays.
struct Answers {
    answers: Vec<Vec<&'static str>>,
    asked: AtomicUsize,
}

impl Resolve for Answers {
    fn resolve<'a>(&'a self, _: &'a str) -> Resolving<'a> {
        let at = self.asked.fetch_add(1, Ordering::SeqCst).min(self.answers.len() - 1);
        let found: Vec<IpAddr> = self.answers[at].iter().map(|text| text.parse().unwrap()).collect();
        Box::pin(async move { io::Result::Ok(found) })
    }
}

fn resolver(answers: Vec<Vec<&'static str>>, allowed: &str, own: &[&str]) -> (CheckedResolver, Arc<Answers>) {
    let answers = Arc::new(Answers {
        answers,
        asked: AtomicUsize::new(0),
    });
    let own: HashSet<IpAddr> = own.iter().map(|address| address.parse().unwrap()).collect();
    let shared: Arc<dyn Resolve> = answers.clone();
    let checked = CheckedResolver::new(
        shared,
        allowed.parse::<AllowedHosts>().unwrap(),
        own,
        Duration::from_secs(1),
    );
    (checked, answers)
}

const LIMITS: Limits = Limits {
    max_bytes: 1_000,
    redirects: 5,
    connect: Duration::from_secs(2),
    idle: Duration::from_millis(300),
    total: Duration::from_secs(5),
};

#[tokio::test]
async fn a_name_with_one_bad_address_is_refused() {
    for bad in [
        "127.0.0.1",
        "10.1.2.3",
        "100.64.1.1",
        "169.254.169.254",
        "192.168.0.1",
        "224.0.0.1",
        "0.0.0.0",
        "::1",
        "::",
        "::ffff:10.0.0.1",
        "64:ff9b::a00:1",
        "2002:a00:1::",
        "fe80::1",
        "fd00::1",
        "ff02::1",
        "93.184.216.34",
    ] {
        let (checked, _) = resolver(vec![vec!["1.1.1.1", bad]], "", &["93.184.216.34"]);
        let url = checked
            .parse("http://rebind.example.org/x")
            .expect("a name says nothing yet");
        let refused = checked.target(&url).await.expect_err(bad);
        assert!(
            refused.to_string().contains("not at a public address"),
            "{bad}: {refused}"
        );
    }
    let (checked, asked) = resolver(vec![vec!["1.1.1.1", "2606:4700::1111"]], "", &[]);
    let target = checked
        .target(&checked.parse("https://example.org/x").unwrap())
        .await
        .unwrap();
    let pinned: Vec<String> = target.addresses.iter().map(ToString::to_string).collect();
    assert_eq!(pinned, ["1.1.1.1:443", "[2606:4700::1111]:443"]);
    assert_eq!(asked.asked.load(Ordering::SeqCst), 1, "a name is asked for once");
}

#[tokio::test]
async fn a_name_that_changes_its_answer_is_connected_where_it_was_checked() {
    let here = Server::start(HashMap::from([
        ("/x.wav", file("audio/wav", b"right")),
        ("/again", redirect("http://other.example.org/x.wav")),
    ]))
    .await;
    let port = here.address.port();
    let allowed = format!("rebind.example.org:{port}");
    // The first answer is the server here; whoever asked again would get an address where nobody answers.
    let (checked, asked) = resolver(vec![vec!["127.0.0.1"], vec!["127.0.0.2"]], &allowed, &[]);
    let fetcher = Fetcher::new(checked, LIMITS, &["audio/"]);
    let taken = fetcher
        .get(&format!("http://rebind.example.org:{port}/x.wav"))
        .await
        .expect("fetched");
    assert_eq!(taken.file_name.as_deref(), Some("x.wav"));
    let bytes: Vec<bytes::Bytes> = taken.bytes.try_collect().await.expect("whole");
    assert_eq!(bytes.concat(), b"right");
    assert_eq!(asked.asked.load(Ordering::SeqCst), 1);
    // A redirect is a new look-up, and a new check.
    let (checked, asked) = resolver(vec![vec!["127.0.0.1"], vec!["10.0.0.1"]], &allowed, &[]);
    let fetcher = Fetcher::new(checked, LIMITS, &["audio/"]);
    let refused = fetcher.get(&format!("http://rebind.example.org:{port}/again")).await;
    assert!(matches!(refused, Err(FetchError::Refused(_))));
    assert_eq!((asked.asked.load(Ordering::SeqCst), here.asked()), (2, 2));
}

#[tokio::test]
async fn a_server_that_sends_too_much_or_too_slowly_is_given_up() {
    let head = "HTTP/1.1 200 OK\r\ncontent-type: audio/wav\r\n";
    let chunked = format!(
        "{head}transfer-encoding: chunked\r\n\r\n{:x}\r\n{}\r\n0\r\n\r\n",
        1_001,
        "x".repeat(1_001)
    );
    let server = Server::start(HashMap::from([
        ("/chunked", chunked.into_bytes()),
        ("/slow", format!("{head}content-length: 900\r\n\r\nxxx").into_bytes()),
        (
            "/short",
            format!("{head}content-length: 900\r\nconnection: close\r\n\r\nxxx").into_bytes(),
        ),
        (
            "/packed",
            format!("{head}content-encoding: gzip\r\ncontent-length: 1\r\n\r\nx").into_bytes(),
        ),
        ("/busy", status("503 Service Unavailable")),
    ]))
    .await;
    let (checked, _) = resolver(vec![vec!["127.0.0.1"]], "127.0.0.1", &[]);
    let fetcher = Fetcher::new(checked, LIMITS, &["audio/"]);
    let get = async |path: &str| {
        let taken = fetcher.get(&server.url(path)).await?;
        taken.bytes.try_collect::<Vec<_>>().await
    };
    let large = get("/chunked").await.expect_err("it is too large");
    assert!(
        matches!(&large, FetchError::Refused(reason) if reason.contains("1000 bytes")),
        "{large}"
    );
    for path in ["/slow", "/short", "/busy"] {
        let failed = get(path).await.expect_err(path);
        assert!(matches!(failed, FetchError::Failed(_)), "{path}: {failed}");
    }
    assert!(matches!(get("/packed").await, Err(FetchError::Refused(_))));
}

#[tokio::test]
async fn five_redirects_are_followed_and_a_server_that_drips_has_so_much_time_in_all() {
    let head = "HTTP/1.1 200 OK\r\ncontent-type: audio/wav\r\n";
    let server = Server::start(HashMap::from([
        ("/0", redirect("/1")),
        ("/1", redirect("/2")),
        ("/2", redirect("/3")),
        ("/3", redirect("/4")),
        ("/4", redirect("/5")),
        ("/5", redirect("/x.wav")),
        ("/x.wav", file("audio/wav", b"right")),
        ("/drip", format!("{head}content-length: 900\r\n\r\n").into_bytes()),
    ]))
    .await;
    let (checked, _) = resolver(vec![vec!["127.0.0.1"]], "127.0.0.1", &[]);
    let limits = Limits {
        total: Duration::from_secs(1),
        ..LIMITS
    };
    let fetcher = Fetcher::new(checked, limits, &["audio/"]);
    let get = async |path: &str| -> Result<Vec<u8>, FetchError> {
        let taken = fetcher.get(&server.url(path)).await?;
        Ok(taken.bytes.try_collect::<Vec<_>>().await?.concat())
    };
    assert_eq!(get("/1").await.expect("five"), b"right");
    let six = get("/0").await.expect_err("six");
    assert!(
        matches!(&six, FetchError::Refused(reason) if reason.contains("more than 5 times")),
        "{six}"
    );
    // Never silent for as long as `idle`.
    let began = Instant::now();
    let dripped = get("/drip").await.expect_err("it never ends");
    assert!(
        matches!(&dripped, FetchError::Failed(reason) if reason.contains("in time")),
        "{dripped}"
    );
    assert!(
        (1.0..3.0).contains(&began.elapsed().as_secs_f64()),
        "{:?}",
        began.elapsed()
    );
}
