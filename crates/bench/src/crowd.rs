//! `bench crowd`: what a crowd costs everybody else. Registrations from one address beside a loop of sign-ins, and the
//! memory of the API while clients read slowly and uploads trickle in.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use reqwest::Client;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpSocket, TcpStream},
    task::JoinSet,
    time::interval,
};

use crate::{
    BenchError, process, say,
    service::{Http, PASSWORD, Process},
    stage::Stage,
};

const REGISTRATIONS: usize = 2_000;
const REGISTERING: usize = 400;
const READERS: usize = 500;
const UPLOADS: usize = 11;
const PIPELINED: usize = 20_000;
/// Asks for the largest answer that needs no token.
const LARGEST: &[u8] = b"GET /openapi.json HTTP/1.1\r\nHost: bench\r\n\r\n";
const ALONE: Duration = Duration::from_secs(15);
/// Longer than a slow reader or upload is let be.
const SLOW: Duration = Duration::from_mins(1);

pub async fn run() -> Result<(), BenchError> {
    let stage = Stage::make().await?;
    let measured = measure(&stage).await;
    stage.clear().await?;
    measured
}

async fn measure(stage: &Stage) -> Result<(), BenchError> {
    let process = Process::start(stage, &["api"]).await?;
    let address = process.address.ok_or("the API has no address")?;
    let http = Http::new(address);
    // One person may not upload as much at once.
    let tokens = [
        http.account("bench-artist", "artist").await?,
        http.account("bench-other", "artist").await?,
    ];
    beside_registrations(address).await?;
    beside_slow_clients(address, process.pid, &tokens).await?;
    beside_silent_clients(address, process.pid).await?;
    process.stop().await
}

/// Statuses, and how often each came.
type Statuses = BTreeMap<u16, usize>;

async fn post(client: &Client, address: SocketAddr, path: &str, body: &Value) -> Result<u16, BenchError> {
    let answer = client.post(format!("http://{address}{path}")).json(body).send().await?;
    let status = answer.status().as_u16();
    // Read to its end, so that the connection is used again.
    answer.bytes().await?;
    Ok(status)
}

/// Signs in again and again until it is told to stop.
async fn signs_in(address: SocketAddr, stop: Arc<AtomicBool>) -> Result<(Vec<Duration>, Statuses), BenchError> {
    let (client, mut times, mut statuses) = (Client::new(), Vec::new(), Statuses::new());
    let body = json!({ "username": "bench-artist", "password": PASSWORD });
    let mut turns = interval(Duration::from_millis(20));
    while !stop.load(Ordering::Relaxed) {
        turns.tick().await;
        let began = Instant::now();
        let status = post(&client, address, "/api/v1/auth/login-json", &body).await?;
        times.push(began.elapsed());
        *statuses.entry(status).or_default() += 1;
    }
    Ok((times, statuses))
}

/// Signs in while `work` goes on, and says how long that took.
async fn report<F: Future<Output = Result<(), BenchError>>>(
    what: &str,
    address: SocketAddr,
    work: F,
) -> Result<(), BenchError> {
    let stop = Arc::new(AtomicBool::new(false));
    let signing_in = tokio::spawn(signs_in(address, Arc::clone(&stop)));
    work.await?;
    stop.store(true, Ordering::Relaxed);
    let (mut times, statuses) = signing_in.await??;
    times.sort_unstable();
    let at = |percent: usize| times.get(times.len() * percent / 100).or(times.last());
    let ms = |time: Option<&Duration>| time.map_or(0.0, |time| time.as_secs_f64() * 1000.0);
    let (p50, p99) = (ms(at(50)), ms(at(99)));
    say(&format!(
        "sign-in {what}: p50 {p50:.0} ms, p99 {p99:.0} ms of {} ({statuses:?})",
        times.len()
    ));
    Ok(())
}

async fn beside_registrations(address: SocketAddr) -> Result<(), BenchError> {
    let rest = async {
        tokio::time::sleep(ALONE).await;
        Ok(())
    };
    report("alone", address, rest).await?;
    report("beside registrations", address, registrations(address)).await
}

async fn registrations(address: SocketAddr) -> Result<(), BenchError> {
    let (began, next) = (Instant::now(), Arc::new(AtomicUsize::new(0)));
    let mut tasks = JoinSet::new();
    for _ in 0..REGISTERING {
        let (client, next) = (Client::new(), Arc::clone(&next));
        tasks.spawn(async move {
            let mut statuses = Statuses::new();
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= REGISTRATIONS {
                    return Ok::<_, BenchError>(statuses);
                }
                let name = format!("crowd-{number}");
                let body = json!({ "username": name, "email": format!("{name}@example.org"), "password": format!("{PASSWORD} {number}") });
                let status = post(&client, address, "/api/v1/auth/register", &body).await?;
                *statuses.entry(status).or_default() += 1;
            }
        });
    }
    let mut all = Statuses::new();
    while let Some(ended) = tasks.join_next().await {
        for (status, count) in ended?? {
            *all.entry(status).or_default() += count;
        }
    }
    let seconds = began.elapsed().as_secs_f64();
    say(&format!(
        "{REGISTRATIONS} registrations, {REGISTERING} at once, in {seconds:.1} s: {all:?}"
    ));
    Ok(())
}

async fn beside_slow_clients(address: SocketAddr, pid: u32, tokens: &[String; 2]) -> Result<(), BenchError> {
    process::reset_peak(pid)?;
    let before = process::peak_mib(pid)?;
    let (readers, uploads) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let mut clients = JoinSet::new();
    for _ in 0..READERS {
        let closed = Arc::clone(&readers);
        clients.spawn(async move {
            // However it ends, it has ended.
            drop(reads_slowly(address).await);
            closed.fetch_add(1, Ordering::Relaxed);
        });
    }
    for token in tokens.iter().cycle().take(UPLOADS) {
        let (ended, token) = (Arc::clone(&uploads), token.clone());
        clients.spawn(async move {
            drop(trickles(address, &token).await);
            ended.fetch_add(1, Ordering::Relaxed);
        });
    }
    tokio::time::sleep(SLOW).await;
    let peak = process::peak_mib(pid)?;
    let ended = [&readers, &uploads].map(|count| count.load(Ordering::Relaxed));
    clients.shutdown().await;
    process::reset_peak(pid)?;
    let after = process::peak_mib(pid)?;
    say(&format!(
        "RSS of the API: {before:.0} MiB before, {peak:.0} MiB at most with {READERS} slow readers and {UPLOADS} uploads that \
         trickle in, {after:.0} MiB after; {} readers and {} uploads were ended within {} s",
        ended[0],
        ended[1],
        SLOW.as_secs()
    ));
    Ok(())
}

/// Clients that send many requests and read nothing.
async fn beside_silent_clients(address: SocketAddr, pid: u32) -> Result<(), BenchError> {
    process::reset_peak(pid)?;
    let before = process::peak_mib(pid)?;
    let requests = LARGEST.repeat(PIPELINED);
    let mut silent = Vec::new();
    for _ in 0..READERS {
        let mut stream = reader(address).await?;
        // What the kernel does not keep is not sent.
        let _ = tokio::time::timeout(Duration::from_millis(20), stream.write_all(&requests)).await;
        silent.push(stream);
    }
    let peak = process::peak_mib(pid)?;
    drop(silent);
    say(&format!(
        "RSS of the API: {before:.0} MiB before, {peak:.0} MiB at most with {READERS} connections that send {PIPELINED} requests \
         and read nothing"
    ));
    Ok(())
}

async fn reader(address: SocketAddr) -> Result<TcpStream, BenchError> {
    let socket = TcpSocket::new_v4()?;
    socket.set_recv_buffer_size(32 * 1024)?;
    Ok(socket.connect(address).await?)
}

/// Takes 900 bytes a second of the largest answer there is.
async fn reads_slowly(address: SocketAddr) -> Result<(), BenchError> {
    let mut stream = reader(address).await?;
    stream.write_all(LARGEST).await?;
    let (mut turns, mut buffer) = (interval(Duration::from_millis(100)), [0; 90]);
    loop {
        turns.tick().await;
        stream.read_exact(&mut buffer).await?;
    }
}

/// Sends 100 bytes a second of a file of 90 MB, until it is answered.
async fn trickles(address: SocketAddr, token: &str) -> Result<(), BenchError> {
    let mut stream = TcpStream::connect(address).await?;
    let part = "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.wav\"\r\n\r\n";
    let head = format!(
        "POST /api/v1/upload/uploadfile/ HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 90000000\r\n\r\n{part}"
    );
    stream.write_all(head.as_bytes()).await?;
    let (mut reading, mut writing) = stream.into_split();
    let (mut turns, mut status) = (interval(Duration::from_secs(1)), [0; 12]);
    loop {
        tokio::select! {
            answered = reading.read_exact(&mut status) => return Ok(answered.map(drop)?),
            _ = turns.tick() => writing.write_all(&[7; 100]).await?,
        }
    }
}
