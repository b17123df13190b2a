//! Connections of clients that do not read, do not send, or are too many.

use std::time::Duration;

use access::Tokens;
use reqwest::{
    Method,
    multipart::{Form, Part},
};
use serde_json::json;
use tests::{App, Wav, eventually_within};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpSocket, TcpStream},
    time::{Instant, interval},
};

fn address(app: &App) -> String {
    app.http().base().trim_start_matches("http://").to_owned()
}

async fn connects(app: &App) -> TcpStream {
    TcpStream::connect(address(app)).await.expect("a connection")
}

/// Established connections of the service's side, as the kernel sees them (proc(5), `/proc/net/tcp`).
fn established(app: &App) -> usize {
    let port: u16 = address(app).rsplit(':').next().unwrap().parse().unwrap();
    let local = format!("0100007F:{port:04X}");
    let table = std::fs::read_to_string("/proc/net/tcp").expect("the kernel's table");
    let is_ours = |line: &&str| {
        let mut fields = line.split_whitespace().skip(1);
        fields.next() == Some(local.as_str()) && fields.nth(1) == Some("01")
    };
    table.lines().filter(is_ours).count()
}

/// What is left of an answer's head and body.
async fn reads(socket: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    // A connection that was closed while bytes were under way ends with a reset.
    let _ = socket.read_to_end(&mut bytes).await;
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Resident memory of a process in MiB, as proc(5) says it.
fn resident_mib(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("a living process");
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .expect("its memory");
    line.trim().trim_end_matches(" kB").parse::<u64>().expect("a number") / 1_024
}

#[tokio::test]
async fn requests_that_are_sent_at_once_are_answered_one_after_the_other() {
    let app = App::start().await;
    let sign_in = r#"{"username":"nobody","password":"a violet engine"}"#;
    let requests = [
        "GET /ping HTTP/1.1\r\nHost: jonquil\r\n\r\n".to_owned(),
        format!(
            "POST /api/v1/auth/login-json HTTP/1.1\r\nHost: jonquil\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\n\r\n{sign_in}",
            sign_in.len()
        ),
        "GET /openapi.json HTTP/1.1\r\nHost: jonquil\r\n\r\n".to_owned(),
        format!(
            "POST /api/v1/auth/login-json HTTP/1.1\r\nHost: jonquil\r\nContent-Type: application/json\r\n\
             Transfer-Encoding: chunked\r\n\r\n{:x}\r\n{sign_in}\r\n0\r\n\r\n",
            sign_in.len()
        ),
        "HEAD /ping HTTP/1.1\r\nHost: jonquil\r\n\r\n".to_owned(),
        "GET /nothing HTTP/1.1\r\nHost: jonquil\r\n\r\n".to_owned(),
    ];
    let mut socket = connects(&app).await;
    let all = requests.concat().repeat(5) + "GET /ping HTTP/1.1\r\nHost: jonquil\r\nConnection: close\r\n\r\n";
    let (mut reading, mut writing) = socket.split();
    let (sent, answers) = tokio::join!(writing.write_all(all.as_bytes()), async {
        let mut bytes = Vec::new();
        reading.read_to_end(&mut bytes).await.map(|_| bytes)
    });
    sent.expect("all is sent");
    let answers = String::from_utf8(answers.expect("all is answered")).expect("text");
    let statuses: Vec<_> = answers.split("HTTP/1.1 ").skip(1).map(|answer| &answer[..3]).collect();
    let mut wanted = ["200", "401", "200", "401", "200", "404"].repeat(5);
    wanted.push("200");
    assert_eq!(statuses, wanted);
}

#[tokio::test]
async fn who_sends_many_requests_and_reads_nothing_costs_no_more_than_one_request() {
    let app = App::builder().without_roles().start().await;
    let service = app.spawns("api", "");
    let http = eventually_within(Duration::from_secs(30), "it listens", async || service.http()).await;
    http.get("/ping").await.is(200);
    let before = resident_mib(service.pid());
    let request = "GET /openapi.json HTTP/1.1\r\nHost: jonquil\r\n\r\n".repeat(20_000);
    let mut silent = Vec::new();
    for _ in 0..40 {
        let socket = TcpStream::connect(http.base().trim_start_matches("http://")).await;
        let mut socket = socket.expect("a connection");
        // What the kernel does not keep is not sent.
        let _ = tokio::time::timeout(Duration::from_millis(500), socket.write_all(request.as_bytes())).await;
        silent.push(socket);
    }
    for _ in 0..20 {
        http.get("/ping").await.is(200);
    }
    let after = resident_mib(service.pid());
    assert!(after < before + 40, "{before} MiB before and {after} MiB with them");
}

/// Begins to hear a track; the status of the answer. The rest of it is not read.
async fn hears(address: &str, stream_url: &str) -> (TcpStream, String) {
    let mut socket = TcpStream::connect(address).await.expect("a connection");
    let request = format!("GET {stream_url} HTTP/1.1\r\nHost: jonquil\r\n\r\n");
    socket.write_all(request.as_bytes()).await.expect("sent");
    let mut status = [0; 12];
    socket.read_exact(&mut status).await.expect("an answer");
    (socket, String::from_utf8_lossy(&status).into_owned())
}

#[tokio::test]
async fn so_many_streams_of_one_person_at_once_and_no_more() {
    let app = App::start().await;
    let label = app.artist_account("label").await;
    // Longer than what sockets hold.
    let form = Form::new().part(
        "file",
        Part::bytes(Wav::named(300_000, 1, "Igra", "Kino").bytes()).file_name("a.wav"),
    );
    let upload = label.http.request(Method::POST, "/api/v1/upload/uploadfile/");
    let uploaded = label.http.send(upload.multipart(form)).await.is(201).id();
    let track = label.http.read(&format!("/api/v1/tracks/{uploaded}")).await;
    let (url, address) = (track["stream_url"].as_str().expect("an address"), address(&app));
    let mut hearing = Vec::new();
    while hearing.len() < 512 {
        let begun = (0..64).map(|_| hears(&address, url));
        for (socket, status) in futures_util::future::join_all(begun).await {
            assert!(status.ends_with("200"), "{} are heard: {status}", hearing.len());
            hearing.push(socket);
        }
    }
    assert!(hears(&address, url).await.1.ends_with("429"), "one more");
    hearing.pop();
    eventually_within(Duration::from_mins(1), "there is room again", async || {
        hears(&address, url).await.1.ends_with("200").then_some(())
    })
    .await;
}

#[tokio::test]
async fn who_asks_and_does_not_read_is_closed_and_others_are_served() {
    let app = App::start().await;
    let before = established(&app);
    let mut silent = Vec::new();
    for _ in 0..60 {
        let mut socket = connects(&app).await;
        let request = "GET /openapi.json HTTP/1.1\r\nHost: jonquil\r\n\r\n".repeat(200);
        socket.write_all(request.as_bytes()).await.expect("sent");
        silent.push(socket);
    }
    for _ in 0..20 {
        app.http().get("/ping").await.is(200);
        app.http().get("/api/v1/tracks/").await.is(200);
    }
    eventually_within(Duration::from_secs(90), "the silent ones are closed", async || {
        (established(&app) <= before + 5).then_some(())
    })
    .await;
    app.http().get("/ping").await.is(200);
    drop(silent);
}

/// A client whose system takes little ahead of it; with still less, the kernel would take it for one that reads nothing.
async fn asks(app: &App, path: &str) -> TcpStream {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.set_recv_buffer_size(32 * 1024).expect("a small buffer");
    let address = address(app).parse().expect("an address");
    let mut stream = socket.connect(address).await.expect("a connection");
    let request = format!("GET {path} HTTP/1.1\r\nHost: jonquil\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.expect("sent");
    stream
}

/// Takes so many bytes every tenth of a second, for so long at most; false when the answer was cut off.
async fn is_served(stream: &mut TcpStream, bytes: usize, most: Duration) -> bool {
    let (mut turns, end) = (interval(Duration::from_millis(100)), Instant::now() + most);
    let mut buffer = vec![0; bytes];
    while Instant::now() < end {
        turns.tick().await;
        if stream.read_exact(&mut buffer).await.is_err() {
            return false;
        }
    }
    true
}

#[tokio::test]
async fn who_reads_slower_than_any_sound_is_closed_and_a_slow_player_is_served() {
    let app = App::start().await;
    let (mut slow, mut player) = (asks(&app, "/openapi.json").await, asks(&app, "/openapi.json").await);
    let player_reads = is_served(&mut player, 600, Duration::from_mins(1));
    // Seen when it has taken what we hand out at once: here after 40 s.
    let slow_reads = is_served(&mut slow, 90, Duration::from_mins(3));
    let (player_is_served, slow_is_served) = tokio::join!(player_reads, slow_reads);
    assert!(!slow_is_served, "900 bytes a second are too few");
    assert!(player_is_served, "6,000 bytes a second are enough");
}

#[tokio::test]
async fn one_address_has_so_many_connections_and_no_more() {
    let app = App::builder()
        .setting("JONQUIL_CONNECTIONS_PER_ADDRESS", "5")
        .start()
        .await;
    let ping = async |socket: &mut TcpStream| {
        let request = "GET /ping HTTP/1.1\r\nHost: jonquil\r\n\r\n";
        let mut status = [0; 12];
        let sent = socket.write_all(request.as_bytes()).await;
        sent.is_ok() && socket.read_exact(&mut status).await.is_ok() && status.ends_with(b"200")
    };
    let mut open = Vec::new();
    for _ in 0..5 {
        let mut socket = connects(&app).await;
        assert!(ping(&mut socket).await);
        open.push(socket);
    }
    assert!(!ping(&mut connects(&app).await).await, "the sixth");
    open.pop();
    eventually_within(Duration::from_secs(10), "there is room again", async || {
        ping(&mut connects(&app).await).await.then_some(())
    })
    .await;
}

/// An upload's head and the beginning of its file; the rest does not come.
async fn begins_upload(app: &App, token: &str, bytes: usize) -> TcpStream {
    let part = "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.wav\"\r\n\r\n";
    let head = format!(
        "POST /api/v1/upload/uploadfile/ HTTP/1.1\r\nHost: jonquil\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 900000\r\nConnection: close\r\n\r\n{part}"
    );
    let mut socket = connects(app).await;
    socket.write_all(head.as_bytes()).await.expect("the head is sent");
    socket
        .write_all(&vec![7; bytes])
        .await
        .expect("the file's beginning is sent");
    socket
}

async fn token(app: &App, username: &str) -> String {
    let credentials = json!({"username": username, "password": tests::PASSWORD});
    let tokens = app.http().post("/api/v1/auth/login-json", &credentials).await.is(200);
    tokens.parse::<Tokens>().access_token
}

#[tokio::test]
async fn uploads_that_send_nothing_take_only_the_room_of_their_owner() {
    let app = App::builder()
        .setting("JONQUIL_MAX_UPLOAD_BYTES", "1000000")
        .setting("JONQUIL_SPOOL_MAX_BYTES", "4000000")
        .start()
        .await;
    let (_, other) = (app.artist_account("label").await, app.artist_account("other").await);
    let token = token(&app, "label").await;
    // Two of them are more than the share of one person: the one whose bytes come last is refused.
    let (mut first, mut second) = (
        begins_upload(&app, &token, 600_000).await,
        begins_upload(&app, &token, 600_000).await,
    );
    let refused = tokio::select! {
        answer = reads(&mut first) => answer,
        answer = reads(&mut second) => answer,
    };
    assert!(refused.starts_with("HTTP/1.1 429"), "{refused}");
    assert!(refused.contains("your other uploads in progress"), "{refused}");

    let form = Form::new().part(
        "file",
        Part::bytes(Wav::named(2_000, 1, "Igra", "Kino").bytes()).file_name("a.wav"),
    );
    let upload = other
        .http
        .request(Method::POST, "/api/v1/upload/uploadfile/")
        .multipart(form);
    other.http.send(upload).await.is(201);
}

#[tokio::test]
async fn an_upload_that_stops_is_answered_and_gives_its_room_back() {
    let app = App::start().await;
    app.artist_account("label").await;
    let token = token(&app, "label").await;
    let mut stopped = begins_upload(&app, &token, 1_000).await;
    let answer = reads(&mut stopped).await;
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
}

#[tokio::test]
async fn so_many_uploads_of_one_person_at_once_and_no_more() {
    let app = App::start().await;
    app.artist_account("label").await;
    let token = token(&app, "label").await;
    let mut running = Vec::new();
    for _ in 0..8 {
        running.push(begins_upload(&app, &token, 1_000).await);
    }
    let mut next = begins_upload(&app, &token, 1_000).await;
    let mut waiting: Vec<_> = running.iter_mut().map(|socket| Box::pin(reads(socket))).collect();
    waiting.push(Box::pin(reads(&mut next)));
    // Whichever of them came last.
    let (refused, _, _) = futures_util::future::select_all(waiting).await;
    assert!(
        refused.starts_with("HTTP/1.1 429") && refused.contains("at once"),
        "{refused}"
    );
    assert!(refused.to_lowercase().contains("retry-after: "), "{refused}");
}
