//! The peer: `FastAPI` of `../shared/peers`, in a Python environment of its own, on the engines that Jonquil uses.

use std::{
    env,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Stdio,
    time::{Duration, Instant},
};

use tokio::process::{Child, Command};

use crate::{BenchError, stage::variable};

const PATIENCE: Duration = Duration::from_mins(1);
/// What the peer asks of whoever writes; reads need none.
const PORT: u16 = 28_480;

pub struct Peer {
    folder: PathBuf,
    python: PathBuf,
}

pub struct Running {
    pub address: SocketAddr,
    pub pid: u32,
    _process: Child,
}

impl Peer {
    /// Makes the Python environment where it is missing.
    pub async fn make(target: &Path) -> Result<Self, BenchError> {
        let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/peers");
        let folder = env::var_os("JONQUIL_PEERS").map_or(beside, PathBuf::from);
        let requirements = folder.join("requirements.txt");
        if !requirements.is_file() {
            return Err(format!("no peer in {}: set JONQUIL_PEERS", folder.display()).into());
        }
        let environment = target.join("bench-peer/venv");
        let python = environment.join("bin/python");
        if !environment.join("bin/uvicorn").is_file() {
            eprintln!("installing the peer's Python packages");
            done(Command::new("python3.11").arg("-m").arg("venv").arg(&environment)).await?;
            done(
                Command::new(&python)
                    .args(["-m", "pip", "install", "-q", "-r"])
                    .arg(&requirements),
            )
            .await?;
        }
        Ok(Self { folder, python })
    }

    /// Runs one of the peer's programs.
    pub async fn runs(&self, program: &str, arguments: &[&str]) -> Result<(), BenchError> {
        let mut command = self.command()?;
        done(command.arg(self.folder.join(program)).args(arguments)).await
    }

    fn command(&self) -> Result<Command, BenchError> {
        let mut postgres = reqwest::Url::parse(&variable("JONQUIL_POSTGRES_URL")?)?;
        postgres.set_path("peer");
        let mut command = Command::new(&self.python);
        command
            .env("PEER_POSTGRES", postgres.as_str())
            .env("PEER_REDIS", variable("JONQUIL_REDIS_URL")?)
            .env("PEER_KAFKA", variable("JONQUIL_KAFKA_URL")?)
            .env("PEER_ELASTIC", variable("JONQUIL_ELASTICSEARCH_URL")?)
            .env("PEER_PORT", PORT.to_string())
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .current_dir(&self.folder);
        Ok(command)
    }

    /// One worker, as the figures are per process.
    pub async fn start(&self) -> Result<Running, BenchError> {
        let mut command = self.command()?;
        command
            .args([
                "-m",
                "uvicorn",
                "fastapi_peer:app",
                "--host",
                "127.0.0.1",
                "--workers",
                "1",
                "--loop",
                "uvloop",
            ])
            .args([
                "--http",
                "httptools",
                "--no-access-log",
                "--log-level",
                "warning",
                "--backlog",
                "4096",
                "--port",
            ])
            .arg(PORT.to_string())
            .stdin(Stdio::null())
            .kill_on_drop(true);
        let process = command.spawn()?;
        let pid = process.id().ok_or("the peer exited at once")?;
        let address = SocketAddr::from(([127, 0, 0, 1], PORT));
        let began = Instant::now();
        let health = format!("http://{address}/health");
        while !reqwest::get(&health)
            .await
            .is_ok_and(|answer| answer.status().is_success())
        {
            if began.elapsed() > PATIENCE {
                return Err("the peer does not start".into());
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Ok(Running {
            address,
            pid,
            _process: process,
        })
    }
}

async fn done(command: &mut Command) -> Result<(), BenchError> {
    let status = command.stdin(Stdio::null()).status().await?;
    if status.success() {
        Ok(())
    } else {
        Err(format!(
            "{} failed; see its message above",
            command.as_std().get_program().display()
        )
        .into())
    }
}
