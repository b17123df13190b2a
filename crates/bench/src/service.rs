//! The API under test, as a process of its own, with the accounts and tracks that the load needs.

use std::{env, io, net::SocketAddr, process::Stdio};

use jonquil::{Config, Role, Running};
use reqwest::Client;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, Command},
};
use uuid::Uuid;

use crate::{
    BenchError, listens, say,
    stage::{LISTENERS, Stage, TRACKS},
};

/// No secret: the accounts are deleted with the database after the run.
pub const PASSWORD: &str = "measured twice, cut once, 5 ms";

pub struct Service {
    pub address: SocketAddr,
    pub pid: u32,
    /// Of the listeners.
    pub tokens: Vec<String>,
    pub tracks: Vec<Uuid>,
    process: Process,
}

/// Runs inside a process under test, until its stdin is closed. With `api` the address is printed.
pub async fn serve(roles: &[String]) -> Result<(), BenchError> {
    let config = Config::from_lookup(|name| env::var(name).ok()).map_err(|faults| faults.to_string())?;
    let named = Role::ALL
        .into_iter()
        .filter(|role| roles.iter().any(|name| name == role.name()));
    let roles: Vec<Role> = named.collect();
    let running = Running::start(config, &roles)
        .await
        .map_err(|error| error.to_string())?;
    say(&running
        .address
        .map_or_else(|| "-".to_owned(), |address| address.to_string()));
    // Also closed when the parent process dies.
    tokio::task::spawn_blocking(|| io::copy(&mut io::stdin(), &mut io::sink())).await??;
    running.stop().await;
    Ok(())
}

/// A process of this program with some roles.
pub struct Process {
    /// Of the API.
    pub address: Option<SocketAddr>,
    pub pid: u32,
    process: Child,
}

impl Process {
    pub async fn start(stage: &Stage, roles: &[&str]) -> Result<Self, BenchError> {
        let mut command = Command::new(env::current_exe()?);
        command
            .arg("serve")
            .args(roles)
            .envs(&stage.settings)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true);
        let mut process = command.spawn()?;
        let pid = process.id().ok_or("the service exited at once")?;
        let stdout = process.stdout.take().ok_or("no stdout")?;
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line).await?;
        if line.is_empty() {
            return Err("the service does not start; see its message above".into());
        }
        Ok(Self {
            address: line.trim().parse().ok(),
            pid,
            process,
        })
    }

    /// Shuts down gracefully.
    pub async fn stop(mut self) -> Result<(), BenchError> {
        drop(self.process.stdin.take());
        self.process.wait().await?;
        Ok(())
    }
}

impl Service {
    /// Starts the API and creates an artist, tracks and listeners.
    pub async fn start(stage: &Stage) -> Result<Self, BenchError> {
        let process = Process::start(stage, &["api"]).await?;
        let (address, pid) = (process.address.ok_or("the API has no address")?, process.pid);
        let http = Http::new(address);
        let artist = http.account("bench-artist", "artist").await?;
        let body = json!({ "name": "The Measured" });
        let made = http.post("/api/v1/artists/", Some(&artist), &body).await?;
        let mut tracks = Vec::new();
        for number in 0..TRACKS {
            let body = json!({ "title": format!("Track {number}"), "artist_id": made["id"], "duration_ms": listens::DURATION_MS, "genres": [listens::GENRE] });
            let track = http.post("/api/v1/tracks/", Some(&artist), &body).await?;
            tracks.push(track["id"].as_str().unwrap_or_default().parse()?);
        }
        let mut tokens = Vec::new();
        for number in 0..LISTENERS {
            tokens.push(http.account(&format!("bench-listener-{number}"), "listener").await?);
        }
        Ok(Self {
            address,
            pid,
            tokens,
            tracks,
            process,
        })
    }

    /// Shuts down gracefully.
    pub async fn stop(self) -> Result<(), BenchError> {
        self.process.stop().await
    }
}

/// Requests that prepare a measurement.
pub struct Http {
    client: Client,
    base: String,
}

impl Http {
    pub fn new(address: SocketAddr) -> Self {
        Self {
            client: Client::new(),
            base: format!("http://{address}"),
        }
    }

    /// Registers, signs in and answers the access token.
    pub async fn account(&self, username: &str, role: &str) -> Result<String, BenchError> {
        let body = json!({ "username": username, "email": format!("{username}@example.org"), "password": PASSWORD, "role": role });
        self.post("/api/v1/auth/register", None, &body).await?;
        self.sign_in(username).await
    }

    /// A new access token.
    pub async fn sign_in(&self, username: &str) -> Result<String, BenchError> {
        let body = json!({ "username": username, "password": PASSWORD });
        let tokens = self.post("/api/v1/auth/login-json", None, &body).await?;
        Ok(tokens["access_token"].as_str().ok_or("no access_token")?.to_owned())
    }

    pub async fn get(&self, path: &str) -> Result<Value, BenchError> {
        let answer = self.client.get(format!("{}{path}", self.base)).send().await?;
        Ok(answer.error_for_status()?.json().await?)
    }

    pub async fn post(&self, path: &str, token: Option<&str>, body: &Value) -> Result<Value, BenchError> {
        let mut request = self.client.post(format!("{}{path}", self.base)).json(body);
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        let answer = request.send().await?;
        let (status, body) = (answer.status(), answer.json::<Value>().await?);
        if status.is_success() {
            Ok(body)
        } else {
            Err(format!("{path}: {status}: {body}").into())
        }
    }
}
