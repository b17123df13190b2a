//! `bench read`: reads over HTTP, anonymous and signed in, against the `FastAPI` peer with the same tracks on the same engines,
//! in turns.

use std::{env, net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

use serde_json::Value;

use crate::{
    BenchError,
    drive::{Metrics, Sender, Times, drive},
    generated::Models,
    http::Connection,
    peer::{Peer, Running},
    read_report::{Rounds, Side, write},
    requests::{Read, Tracks},
    service::{Http, PASSWORD, Process},
    stage::Stage,
};

const WARM_UP: Duration = Duration::from_secs(1);
const LABEL: &str = "bench-label";
const READER: &str = "bench-reader";

pub struct Plan {
    pub rounds: usize,
    pub times: Times,
}

impl Plan {
    fn of(arguments: &[String]) -> Result<Self, BenchError> {
        let given = |name: &str| {
            let at = arguments.iter().position(|argument| argument == name)?;
            arguments.get(at + 1).map(String::as_str)
        };
        Ok(Self {
            rounds: given("--rounds").unwrap_or("5").parse()?,
            times: Times {
                warm_up: WARM_UP,
                measured: Duration::from_secs(given("--seconds").unwrap_or("4").parse()?),
            },
        })
    }
}

pub async fn run(arguments: &[String]) -> Result<(), BenchError> {
    let plan = Plan::of(arguments)?;
    let peer = Peer::make(&target()?).await?;
    eprintln!("preparing stores");
    let stage = Stage::make().await?;
    let measured = measure(&stage, &peer, &plan).await;
    stage.clear().await?;
    write(&plan, &measured?)
}

fn target() -> Result<PathBuf, BenchError> {
    let program = env::current_exe()?;
    let target = program.parent().and_then(|profile| profile.parent());
    Ok(target.ok_or("no target folder")?.to_owned())
}

async fn measure(stage: &Stage, peer: &Peer, plan: &Plan) -> Result<Vec<Rounds>, BenchError> {
    let api = Process::start(stage, &["api"]).await?;
    let workers = Process::start(stage, &["relay", "search", "analytics", "counters", "jobs"]).await?;
    let address = api.address.ok_or("the API has no address")?;
    let http = Http::new(address);
    http.account(LABEL, "artist").await?;
    http.account(READER, "listener").await?;
    eprintln!("seeding ours and the peer");
    let url = format!("http://{address}");
    peer.runs("seed_jonquil.py", &[&url, LABEL, PASSWORD, "--plays", "20000"])
        .await?;
    peer.runs("seed.py", &["--if-empty"]).await?;
    let models = Models::of(stage)?;
    models.catch_up().await?;
    let theirs = peer.start().await?;
    let bench = Bench {
        ours: Tracks::of(address).await?,
        theirs: Tracks::of(theirs.address).await?,
        address,
        pid: api.pid,
        peer: theirs,
        times: plan.times,
    };
    bench.compares()?;
    let sides = bench.in_turns(plan).await?;
    workers.stop().await?;
    api.stop().await?;
    Ok(sides)
}

struct Bench {
    address: SocketAddr,
    pid: u32,
    ours: Tracks,
    theirs: Tracks,
    peer: Running,
    times: Times,
}

impl Bench {
    fn compares(&self) -> Result<(), BenchError> {
        if self.ours.total == self.theirs.total {
            return Ok(());
        }
        Err(format!("{} tracks of ours, {} of the peer", self.ours.total, self.theirs.total).into())
    }

    /// Every read by every side, so many rounds.
    async fn in_turns(&self, plan: &Plan) -> Result<Vec<Rounds>, BenchError> {
        let mut all: Vec<Rounds> = Read::ALL.into_iter().map(Rounds::new).collect();
        for round in 1..=plan.rounds {
            // Access tokens live for 15 minutes.
            let token = Http::new(self.address).sign_in(READER).await?;
            for rounds in &mut all {
                eprintln!("round {round} of {}: {}", plan.rounds, rounds.read.name());
                for side in Side::ALL {
                    let metrics = self.one(rounds.read, side, &token).await?;
                    rounds.add(side, metrics);
                }
            }
        }
        Ok(all)
    }

    async fn one(&self, read: Read, side: Side, token: &str) -> Result<Metrics, BenchError> {
        let (address, pid, tracks) = match side {
            Side::Anonymous | Side::SignedIn => (self.address, self.pid, &self.ours),
            Side::Peer => (self.peer.address, self.peer.pid, &self.theirs),
        };
        let paths = read.paths(tracks);
        let header = match side {
            Side::SignedIn => format!("authorization: Bearer {token}\r\n"),
            Side::Anonymous | Side::Peer => String::new(),
        };
        let requests: Arc<[Vec<u8>]> = paths
            .iter()
            .map(|path| format!("GET {path} HTTP/1.1\r\nhost: bench\r\n{header}\r\n").into_bytes())
            .collect();
        let mut senders = Vec::new();
        for number in 0..read.at_once() {
            let mut reader = Reader {
                connection: Connection::open(address).await?,
                requests: Arc::clone(&requests),
                at: number * requests.len() / read.at_once(),
            };
            if number == 0 {
                reader.is_right(read).await?;
            }
            senders.push(reader);
        }
        drive(senders, self.times, pid).await
    }
}

struct Reader {
    connection: Connection,
    requests: Arc<[Vec<u8>]>,
    at: usize,
}

impl Reader {
    /// Looks at one answer before the load.
    async fn is_right(&mut self, read: Read) -> Result<(), BenchError> {
        let answer = self
            .connection
            .get(&self.requests[self.at % self.requests.len()])
            .await?;
        let answer: Value = serde_json::from_slice(answer)?;
        if read.is_right(&answer) {
            return Ok(());
        }
        Err(format!("{} is answered with {answer}", read.name()).into())
    }
}

impl Sender for Reader {
    async fn send(&mut self) -> Result<u64, BenchError> {
        self.at += 1;
        self.connection
            .get(&self.requests[self.at % self.requests.len()])
            .await?;
        Ok(1)
    }
}
