//! `bench uploads`: an upload of 200 MB and 500 slow readers of it, and what memory they take; ranges of the audio against the
//! same object of the S3 server read directly, in turns.

use std::{
    fmt::Write as _,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use reqwest::{Client, Url};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    task::JoinSet,
    time::{interval, sleep},
};

use crate::{
    BenchError, document,
    drive::percentile,
    process, say,
    service::{Http, Process},
    stage::{self, Stage},
};

/// Seconds of 48 kHz stereo: 192,000 bytes each, and less than the 200 MiB that an upload may have.
const SECONDS: u64 = 1_090;
const SECOND_BYTES: u64 = 192_000;
const HEAD_BYTES: u64 = 44;
/// Fewer than a person may hear at once.
const READERS: usize = 500;
/// One takes this much each [`TURN`]: 40 KiB/s, as a player of 320 kbit/s does.
const SIP: usize = 4 * 1024;
const TURN: Duration = Duration::from_millis(100);
/// A range of the throughput, and one of a seek.
const LARGE: u64 = 16 * 1024 * 1024;
const SMALL: u64 = 64 * 1024;
const CONNECTIONS: usize = 4;

struct Plan {
    rounds: usize,
    round: Duration,
    /// Seeks of a round.
    seeks: usize,
    readers: Duration,
}

pub async fn run(arguments: &[String]) -> Result<(), BenchError> {
    let given = |name: &str, otherwise: u64| {
        let at = arguments.iter().position(|argument| argument == name);
        let value = at.and_then(|at| arguments.get(at + 1));
        value.map_or(Ok(otherwise), |value| value.parse())
    };
    let plan = Plan {
        rounds: usize::try_from(given("--rounds", 5)?)?,
        round: Duration::from_secs(given("--seconds", 5)?),
        seeks: usize::try_from(given("--seeks", 200)?)?,
        readers: Duration::from_secs(given("--reading", 30)?),
    };
    let stage = Stage::make().await?;
    let measured = measure(&stage, &plan).await;
    stage.clear().await?;
    measured
}

async fn measure(stage: &Stage, plan: &Plan) -> Result<(), BenchError> {
    let process = Process::start(stage, &["api"]).await?;
    let address = process.address.ok_or("the API has no address")?;
    let (http, client) = (Http::new(address), Client::new());
    let token = http.account("bench-artist", "artist").await?;
    let mut text = String::new();
    let artist = json!({ "name": "The Measured" });
    let artist = http.post("/api/v1/artists/", Some(&token), &artist).await?;
    let artist = artist["id"].as_str().ok_or("an artist without an id")?;
    let track = uploads(address, process.pid, (&token, artist), &mut text).await?;
    let path = format!("/api/v1/tracks/{track}/stream");
    let ours = Source::new(address, &path, Some(&token));
    read_slowly(&ours, process.pid, plan.readers, &mut text).await?;
    let signed = signed(&client, address, &token).await?;
    let host = signed.host_str().ok_or("an address without a host")?;
    let port = signed.port_or_known_default().ok_or("an address without a port")?;
    let s3 = tokio::net::lookup_host((host, port))
        .await?
        .next()
        .ok_or("the S3 server has no address")?;
    let path = format!("{}?{}", signed.path(), signed.query().unwrap_or_default());
    let theirs = Source {
        host: format!("{host}:{port}"),
        ..Source::new(s3, &path, None)
    };
    ranges(&ours, &theirs, plan, &mut text).await?;
    process.stop().await?;
    let text = text.trim_end();
    say(text);
    document::put("uploads", text)
}

/// The head of a WAV file: RIFF, PCM, 16 bits.
fn head() -> Result<Vec<u8>, BenchError> {
    let data = u32::try_from(SECONDS * SECOND_BYTES)?;
    let mut head = Vec::new();
    head.extend(b"RIFF");
    head.extend((data + 36).to_le_bytes());
    head.extend(b"WAVEfmt \x10\0\0\0\x01\0\x02\0");
    head.extend(48_000_u32.to_le_bytes());
    head.extend(192_000_u32.to_le_bytes());
    head.extend(b"\x04\0\x10\0data");
    head.extend(data.to_le_bytes());
    Ok(head)
}

/// Measures an upload; the track's id.
async fn uploads(address: SocketAddr, pid: u32, by: (&str, &str), text: &mut String) -> Result<String, BenchError> {
    process::reset_peak(pid)?;
    let (before, began) = (process::peak_mib(pid)?, Instant::now());
    let track = sends(address, by).await?;
    let (seconds, peak) = (began.elapsed().as_secs_f64(), process::peak_mib(pid)?);
    let (sent, stored) = (HEAD_BYTES + SECONDS * SECOND_BYTES, &track["audio"]["size_bytes"]);
    if *stored != json!(sent) {
        return Err(format!("void: {sent} bytes were sent, and the track has {stored}").into());
    }
    let after = settled(pid).await?;
    let _ = writeln!(
        text,
        "{}\n\n| RSS of the API, MiB | before | most | 5 s after |\n| --- | --- | --- | --- |",
        stage::now()
    );
    let _ = writeln!(
        text,
        "| an upload of {} MB, in {seconds:.1} s | {before:.0} | {peak:.0} | {after:.0} |",
        sent / 1_000_000
    );
    Ok(track["id"].as_str().ok_or("a track without an id")?.to_owned())
}

/// Sends the file as fast as it is taken; the track.
async fn sends(address: SocketAddr, (token, artist): (&str, &str)) -> Result<Value, BenchError> {
    let part = |name: &str, rest: &str| format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"{rest}\r\n\r\n");
    let (title, by) = (part("title", ""), part("artist_id", ""));
    let file = part("file", "; filename=\"noise.wav\"");
    let (first, last) = (format!("{title}Noise\r\n{by}{artist}\r\n{file}"), "\r\n--x--\r\n");
    let length = u64::try_from(first.len() + last.len())? + HEAD_BYTES + SECONDS * SECOND_BYTES;
    let mut stream = TcpStream::connect(address).await?;
    let request = format!(
        "POST /api/v1/upload/uploadfile/ HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: multipart/form-data; boundary=x\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{first}"
    );
    stream.write_all(request.as_bytes()).await?;
    stream.write_all(&head()?).await?;
    let mut state = 1_u32;
    let mut sample = |_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    };
    for _ in 0..SECONDS {
        let noise: Vec<u8> = (0..SECOND_BYTES).map(&mut sample).collect();
        stream.write_all(&noise).await?;
    }
    stream.write_all(last.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let body = answer
        .split_once("\r\n\r\n")
        .filter(|_| answer.starts_with("HTTP/1.1 201 "));
    let (_, body) = body.ok_or_else(|| answer.clone())?;
    Ok(serde_json::from_str(body)?)
}

/// What is resident some time later.
async fn settled(pid: u32) -> Result<f64, BenchError> {
    sleep(Duration::from_secs(5)).await;
    process::reset_peak(pid)?;
    process::peak_mib(pid)
}

/// A thing that is read in ranges over HTTP.
#[derive(Clone)]
struct Source {
    address: SocketAddr,
    host: String,
    path: String,
    authorization: String,
}

impl Source {
    fn new(address: SocketAddr, path: &str, token: Option<&str>) -> Self {
        Self {
            address,
            host: "bench".to_owned(),
            path: path.to_owned(),
            authorization: token.map_or(String::new(), |token| format!("Authorization: Bearer {token}\r\n")),
        }
    }

    fn request(&self, first: u64, length: u64) -> String {
        let Self {
            host,
            path,
            authorization,
            ..
        } = self;
        let last = first + length - 1;
        format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n{authorization}Range: bytes={first}-{last}\r\n\r\n")
    }

    async fn open(&self) -> Result<TcpStream, BenchError> {
        let stream = TcpStream::connect(self.address).await?;
        stream.set_nodelay(true)?;
        Ok(stream)
    }

    /// Reads a range to its end; how long its first byte took. Where the server closes the connection after it, there is a new
    /// one for the next, which is not counted.
    async fn read(
        &self,
        stream: &mut TcpStream,
        first: u64,
        length: u64,
        buffer: &mut [u8],
    ) -> Result<Duration, BenchError> {
        let began = Instant::now();
        stream.write_all(self.request(first, length).as_bytes()).await?;
        let (mut head, mut in_head) = (Vec::new(), true);
        let (mut came, mut took) = (0_u64, Duration::ZERO);
        while came < length {
            let read = stream.read(buffer).await?;
            if read == 0 {
                return Err(format!(
                    "{} closed after {came} of {length} bytes: {}",
                    self.host,
                    String::from_utf8_lossy(&head)
                )
                .into());
            }
            if !in_head {
                came += u64::try_from(read)?;
                continue;
            }
            head.extend_from_slice(&buffer[..read]);
            let Some(end) = head.windows(4).position(|four| four == b"\r\n\r\n") else {
                continue;
            };
            if !head.starts_with(b"HTTP/1.1 206 ") {
                return Err(String::from_utf8_lossy(&head[..end]).into_owned().into());
            }
            in_head = false;
            came = u64::try_from(head.len() - end - 4)?;
            // A head without a byte of the body is not what a player waits for.
            if came == 0 {
                let read = stream.read(buffer).await?;
                came = u64::try_from(read)?;
            }
            took = began.elapsed();
        }
        let head = String::from_utf8_lossy(&head).to_ascii_lowercase();
        if head.contains("\r\nconnection: close\r\n") {
            *stream = self.open().await?;
        }
        Ok(took)
    }
}

async fn read_slowly(source: &Source, pid: u32, time: Duration, text: &mut String) -> Result<(), BenchError> {
    process::reset_peak(pid)?;
    let before = process::peak_mib(pid)?;
    let (sips, ended) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicUsize::new(0)));
    let mut readers = JoinSet::new();
    for number in 0..READERS {
        let (source, sips, ended) = (source.clone(), Arc::clone(&sips), Arc::clone(&ended));
        readers.spawn(async move {
            // However it ends, it has ended.
            drop(sip(&source, number, &sips).await);
            ended.fetch_add(1, Ordering::Relaxed);
        });
    }
    sleep(time).await;
    let peak = process::peak_mib(pid)?;
    let (ended, bytes) = (ended.load(Ordering::Relaxed), sips.load(Ordering::Relaxed));
    readers.shutdown().await;
    if ended > 0 {
        return Err(format!("void: {ended} of {READERS} readers were ended").into());
    }
    let after = settled(pid).await?;
    let rate = bytes / time.as_secs().max(1) / u64::try_from(READERS)? / 1024;
    let _ = writeln!(
        text,
        "| {READERS} readers at {rate} KiB/s each | {before:.0} | {peak:.0} | {after:.0} |"
    );
    Ok(())
}

/// Reads the audio to its end, some of it at a time.
async fn sip(source: &Source, number: usize, sips: &AtomicU64) -> Result<(), BenchError> {
    let mut stream = source.open().await?;
    let first = u64::try_from(number)? * SECOND_BYTES;
    stream
        .write_all(source.request(first, SECONDS * SECOND_BYTES - first).as_bytes())
        .await?;
    let (mut turns, mut buffer) = (interval(TURN), vec![0; SIP]);
    loop {
        turns.tick().await;
        stream.read_exact(&mut buffer).await?;
        sips.fetch_add(u64::try_from(SIP)?, Ordering::Relaxed);
    }
}

/// An address of the track's object at the S3 server itself.
async fn signed(client: &Client, address: SocketAddr, token: &str) -> Result<Url, BenchError> {
    let get = async |path: String| -> Result<Value, BenchError> {
        let answer = client
            .get(format!("http://{address}{path}"))
            .bearer_auth(token)
            .send()
            .await?;
        Ok(answer.error_for_status()?.json().await?)
    };
    let me = get("/api/v1/auth/me".to_owned()).await?;
    let id = me["id"].as_str().ok_or("an account without an id")?;
    let objects = get(format!("/api/v1/s3/tracks/user/{id}")).await?;
    let key = objects["items"][0]["s3_key"]
        .as_str()
        .ok_or("an object without a key")?;
    let signed = get(format!("/api/v1/s3/tracks/{key}/url?expires_in=3600")).await?;
    Ok(Url::parse(signed["url"].as_str().ok_or("no address")?)?)
}

/// What one side did in a round.
#[derive(Default)]
struct Round {
    mib_per_second: f64,
    first_byte: Vec<Duration>,
}

async fn ranges(ours: &Source, theirs: &Source, plan: &Plan, text: &mut String) -> Result<(), BenchError> {
    let mut sides = [Vec::new(), Vec::new()];
    for number in 0..plan.rounds {
        for (side, source) in [ours, theirs].into_iter().enumerate() {
            let seed = u64::try_from(number)?;
            sides[side].push(Round {
                mib_per_second: throughput(source, plan.round, seed).await?,
                first_byte: seeks(source, plan.seeks, seed).await?,
            });
        }
    }
    let _ = writeln!(
        text,
        "\n{} rounds of {} s and {} seeks, in turns, {CONNECTIONS} connections; median (least–most).\n\n\
         | | ours | the S3 server | |\n| --- | --- | --- | --- |",
        plan.rounds,
        plan.round.as_secs(),
        plan.seeks
    );
    let rates = sides
        .each_ref()
        .map(|rounds| spread(rounds.iter().map(|round| round.mib_per_second)));
    let ratio = rates[0][1] / rates[1][1];
    let reached = |is_reached: bool| if is_reached { "reached" } else { "missed" };
    let _ = writeln!(
        text,
        "| MiB/s in ranges of {} MiB | {} | {} | {ratio:.2} × (goal ≥ 0.85): {} |",
        LARGE >> 20,
        shown(rates[0], 0),
        shown(rates[1], 0),
        reached(ratio >= 0.85)
    );
    for percent in [50, 99] {
        let times = sides.each_mut().map(|rounds| {
            spread(
                rounds
                    .iter_mut()
                    .map(|round| percentile(&mut round.first_byte, percent)),
            )
        });
        let ratio = times[0][1] / times[1][1];
        let goal = match percent {
            99 => format!("{ratio:.2} × (goal ≤ 1.5): {}", reached(ratio <= 1.5)),
            _ => format!("{ratio:.2} ×"),
        };
        let _ = writeln!(
            text,
            "| first byte of a 64 KiB seek, p{percent}, ms | {} | {} | {goal} |",
            shown(times[0], 2),
            shown(times[1], 2)
        );
    }
    Ok(())
}

/// Least, median and most.
pub fn spread(values: impl Iterator<Item = f64>) -> [f64; 3] {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    let at = |index: usize| values.get(index).copied().unwrap_or_default();
    [at(0), at(values.len() / 2), at(values.len().saturating_sub(1))]
}

pub fn shown([least, median, most]: [f64; 3], digits: usize) -> String {
    format!("{median:.digits$} ({least:.digits$}–{most:.digits$})")
}

/// Where a range begins: the same places for both sides, spread over the file.
fn place(seed: u64, number: u64, length: u64) -> u64 {
    let room = SECONDS * SECOND_BYTES - length;
    (seed * 7_919 + number).wrapping_mul(2_654_435_761) % room
}

/// MiB a second of large ranges.
async fn throughput(source: &Source, time: Duration, seed: u64) -> Result<f64, BenchError> {
    let until = Instant::now() + time;
    let mut readers: JoinSet<Result<u64, BenchError>> = JoinSet::new();
    for reader in 0..CONNECTIONS {
        let source = source.clone();
        readers.spawn(async move {
            let (mut stream, mut buffer) = (source.open().await?, vec![0; 256 * 1024]);
            let (mut bytes, mut number) = (0, u64::try_from(reader)? * 1_000);
            while Instant::now() < until {
                source
                    .read(&mut stream, place(seed, number, LARGE), LARGE, &mut buffer)
                    .await?;
                (bytes, number) = (bytes + LARGE, number + 1);
            }
            Ok(bytes)
        });
    }
    let (began, mut bytes) = (Instant::now(), 0);
    while let Some(ended) = readers.join_next().await {
        bytes += ended??;
    }
    #[expect(clippy::cast_precision_loss, reason = "far fewer bytes than 2^52")]
    Ok(bytes as f64 / f64::from(1 << 20) / began.elapsed().as_secs_f64())
}

/// How long the first byte of small ranges took, one after another.
async fn seeks(source: &Source, count: usize, seed: u64) -> Result<Vec<Duration>, BenchError> {
    let (mut stream, mut buffer) = (source.open().await?, vec![0; 128 * 1024]);
    let mut times = Vec::with_capacity(count);
    for number in 0..u64::try_from(count)? {
        times.push(
            source
                .read(&mut stream, place(seed, number, SMALL), SMALL, &mut buffer)
                .await?,
        );
    }
    Ok(times)
}
