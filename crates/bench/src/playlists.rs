//! `bench playlists`: a playlist of 100 items beside one of 10,000: read, read in pages, one item more, one less, one moved.

use std::{
    fmt::Write as _,
    time::{Duration, Instant},
};

use reqwest::{Client, Method};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    BenchError, document,
    drive::percentile,
    growth, say,
    service::{Http, Process},
    stage::{self, Stage},
};

/// Items of the two playlists; the larger one is as large as a playlist may be.
const ITEMS: [usize; 2] = [100, 10_000];
/// Items of a page.
const PAGE: usize = 100;

/// What is done, by how many items there were: how long each took.
struct Row {
    name: &'static str,
    times: [Vec<Duration>; 2],
}

pub async fn run(arguments: &[String]) -> Result<(), BenchError> {
    let at = arguments.iter().position(|argument| argument == "--asked");
    let asked = at.and_then(|at| arguments.get(at + 1)).map_or("200", String::as_str);
    let asked = asked.parse()?;
    let mut stage = Stage::make().await?;
    stage.settings.insert("JONQUIL_ANSWERS_KEPT_MS", "0".to_owned());
    let measured = measure(&stage, asked).await;
    stage.clear().await?;
    measured
}

async fn measure(stage: &Stage, asked: usize) -> Result<(), BenchError> {
    // The relay too: what it publishes of each command is part of the cost.
    let process = Process::start(stage, &["api", "relay"]).await?;
    let address = process.address.ok_or("the API has no address")?;
    let token = Http::new(address).account("bench-listener", "listener").await?;
    growth::make_catalogue(stage).await?;
    let ids = format!("SELECT id FROM tracks ORDER BY id LIMIT {}", ITEMS[1]);
    let ids = stage.database().await?.query(&ids, &[]).await?;
    let person = Person {
        client: Client::new(),
        base: format!("http://{address}/api/v1/playlists"),
        token,
        tracks: ids.iter().map(|row| row.get(0)).collect(),
    };
    let names = [
        "read whole, with the first 100 items",
        "a page of 100, near the beginning",
        "a page of 100, near the end",
    ];
    let names = names
        .into_iter()
        .chain(["one item less", "one item more, at the end", "one moved to the front"]);
    let mut rows: Vec<Row> = names
        .map(|name| Row {
            name,
            times: [Vec::new(), Vec::new()],
        })
        .collect();
    let playlists = [person.makes(ITEMS[0]).await?, person.makes(ITEMS[1]).await?];
    // In turns, so that what else happens on the machine happens to both.
    for number in 0..asked {
        for (side, playlist) in playlists.iter().enumerate() {
            let times = person.round(playlist, number).await?;
            for (row, time) in rows.iter_mut().zip(times) {
                row.times[side].push(time);
            }
        }
    }
    for (playlist, items) in playlists.iter().zip(ITEMS) {
        person.has(playlist, items).await?;
    }
    process.stop().await?;
    write(asked, &mut rows)
}

/// Whose playlists they are.
struct Person {
    client: Client,
    base: String,
    token: String,
    tracks: Vec<Uuid>,
}

/// A playlist, and where its pages begin.
struct Made {
    id: String,
    cursors: Vec<Option<String>>,
}

impl Person {
    async fn makes(&self, items: usize) -> Result<Made, BenchError> {
        let body = json!({ "title": format!("{items} items") });
        let (made, _) = self.asks(Method::POST, "/", Some(&body)).await?;
        let id = made["id"].as_str().ok_or("a playlist without an id")?.to_owned();
        let body = json!({ "track_ids": self.tracks[..items] });
        self.asks(Method::POST, &format!("/{id}/tracks"), Some(&body)).await?;
        let mut cursors = vec![None];
        while let Some(next) = self.page(&id, cursors.last().and_then(Option::as_deref)).await?.1 {
            cursors.push(Some(next));
        }
        Ok(Made { id, cursors })
    }

    /// How long a page took, and where the next one begins.
    async fn page(&self, id: &str, cursor: Option<&str>) -> Result<(Duration, Option<String>), BenchError> {
        let cursor = cursor.map_or(String::new(), |cursor| format!("&cursor={cursor}"));
        let (page, took) = self
            .asks(Method::GET, &format!("/{id}/items?limit={PAGE}{cursor}"), None)
            .await?;
        Ok((took, page["next_cursor"].as_str().map(str::to_owned)))
    }

    /// Each thing once. The playlist has as many items afterwards.
    async fn round(&self, playlist: &Made, number: usize) -> Result<[Duration; 6], BenchError> {
        let (id, pages) = (&playlist.id, playlist.cursors.len());
        let (shown, read) = self.asks(Method::GET, &format!("/{id}"), None).await?;
        // An item that is moved keeps its id: another one of the first hundred each time.
        let items = shown["items"].as_array().ok_or("a playlist without items")?;
        let item = items[1 + number * 7 % (items.len() - 1)]["item_id"].clone();
        let near = &playlist.cursors[number % pages.div_ceil(10)];
        let far = &playlist.cursors[pages - 1 - number % pages.div_ceil(10)];
        let (near, _) = self.page(id, near.as_deref()).await?;
        let (far, _) = self.page(id, far.as_deref()).await?;
        let (_, less) = self
            .asks(
                Method::DELETE,
                &format!("/{id}/tracks"),
                Some(&json!({ "item_ids": [item] })),
            )
            .await?;
        let track = self.tracks[number % self.tracks.len()];
        let (grown, more) = self
            .asks(
                Method::POST,
                &format!("/{id}/tracks"),
                Some(&json!({ "track_ids": [track] })),
            )
            .await?;
        let moved = json!({ "item_id": grown["item_ids"][0], "position": 0 });
        let (_, moved) = self
            .asks(Method::PUT, &format!("/{id}/tracks/order"), Some(&moved))
            .await?;
        Ok([read, near, far, less, more, moved])
    }

    /// Else the figures are of something else.
    async fn has(&self, playlist: &Made, items: usize) -> Result<(), BenchError> {
        let (shown, _) = self.asks(Method::GET, &format!("/{}", playlist.id), None).await?;
        if shown["tracks_count"] == json!(items) {
            return Ok(());
        }
        Err(format!("void: the playlist of {items} items has {}", shown["tracks_count"]).into())
    }

    /// The answer, and how long it took.
    async fn asks(&self, method: Method, path: &str, body: Option<&Value>) -> Result<(Value, Duration), BenchError> {
        let request = self
            .client
            .request(method, format!("{}{path}", self.base))
            .bearer_auth(&self.token);
        let request = match body {
            Some(body) => request.json(body),
            None => request,
        };
        let began = Instant::now();
        let answer = request.send().await?;
        let (status, bytes) = (answer.status(), answer.bytes().await?);
        let took = began.elapsed();
        if !status.is_success() {
            return Err(format!("{path}: {status}: {}", String::from_utf8_lossy(&bytes)).into());
        }
        let answer = if bytes.is_empty() {
            Value::Null
        } else {
            serde_json::from_slice(&bytes)?
        };
        Ok((answer, took))
    }
}

fn write(asked: usize, rows: &mut [Row]) -> Result<(), BenchError> {
    let [few, many] = ITEMS;
    let mut text = format!(
        "{asked} times each, in turns, one after another, {}; p50 / p99, ms.\n\n| | {few} items | {many} items |\n| --- | --- | --- |\n",
        stage::now()
    );
    for row in rows {
        let cells = row.times.each_mut().map(|times| {
            let [half, most] = [50, 99].map(|percent| percentile(times, percent));
            format!("{half:.1} / {most:.1}")
        });
        let _ = writeln!(text, "| {} | {} | {} |", row.name, cells[0], cells[1]);
    }
    let text = text.trim_end();
    say(text);
    document::put("playlists", text)
}
