//! What readers ask, the same of both sides: `load.py` of the peers asks it too.

use std::net::SocketAddr;

use serde_json::Value;
use uuid::Uuid;

use crate::{BenchError, service::Http};

/// A kind of read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Read {
    ById,
    FirstPage,
    Offsets,
    AllTime,
    Periods,
    Search,
}

impl Read {
    pub const ALL: [Self; 6] = [
        Self::ById,
        Self::FirstPage,
        Self::Offsets,
        Self::AllTime,
        Self::Periods,
        Self::Search,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::ById => "track by id, 1,000 ids",
            Self::FirstPage => "first page of tracks",
            Self::Offsets => "pages at 400 offsets",
            Self::AllTime => "chart of all time",
            Self::Periods => "charts of 5 periods, 3 lengths",
            Self::Search => "search, three kinds at once, 300 queries",
        }
    }

    /// At least so many times the peer's requests in the same time.
    pub fn goal(self) -> f64 {
        match self {
            Self::ById | Self::FirstPage => 4.0,
            Self::Offsets | Self::AllTime | Self::Periods => 8.0,
            Self::Search => 1.5,
        }
    }

    pub fn at_once(self) -> usize {
        if self == Self::Search { 16 } else { 32 }
    }

    /// The paths, of a side with these tracks. The same choice each time.
    pub fn paths(self, side: &Tracks) -> Vec<String> {
        let mut chance = Chance(7);
        match self {
            Self::ById => side.ids.iter().map(|id| format!("/api/v1/tracks/{id}")).collect(),
            Self::FirstPage => vec!["/api/v1/tracks/?limit=20".to_owned()],
            Self::Offsets => (0..400)
                .map(|_| format!("/api/v1/tracks/?limit=20&offset={}", 20 * chance.below(400)))
                .collect(),
            Self::AllTime => vec!["/api/v1/tracks/popular/?period=all&limit=20".to_owned()],
            Self::Periods => (0..200).map(|_| chart(&mut chance)).collect(),
            Self::Search => (0..300).map(|_| search(side, &mut chance)).collect(),
        }
    }

    /// Whether an answer holds what was asked for.
    pub fn is_right(self, answer: &Value) -> bool {
        let items = answer["items"].as_array();
        match self {
            Self::ById => answer["title"].is_string() && answer["artist"]["name"].is_string(),
            Self::FirstPage | Self::Offsets => items.is_some_and(|items| items.len() == 20),
            Self::AllTime | Self::Periods => {
                items.is_some_and(|items| items.first().is_some_and(|first| first["track"]["title"].is_string()))
            }
            Self::Search => ["tracks", "artists", "albums"]
                .iter()
                .all(|kind| answer[kind]["items"].is_array()),
        }
    }
}

fn chart(chance: &mut Chance) -> String {
    let period = ["day", "week", "month", "year", "all"][chance.below(5)];
    let limit = [10, 20, 50][chance.below(3)];
    format!("/api/v1/tracks/popular/?period={period}&limit={limit}")
}

/// Half: the first words of a title; a quarter: an artist; a quarter: a title with one letter dropped.
fn search(side: &Tracks, chance: &mut Chance) -> String {
    let (title, artist) = &side.names[chance.below(side.names.len())];
    let words: Vec<&str> = title.split_whitespace().take(2).collect();
    let words = words.join(" ");
    let mut letters: Vec<char> = words.chars().collect();
    let kind = chance.below(4);
    let query = if kind < 2 {
        words
    } else if kind == 2 || letters.len() < 5 {
        artist.clone()
    } else {
        letters.remove(1 + chance.below(letters.len() - 1));
        letters.into_iter().collect()
    };
    let query: String = reqwest::Url::parse_with_params("http://q/", [("q", query)]).map_or_else(
        |_| "q=love".to_owned(),
        |url| url.query().unwrap_or("q=love").to_owned(),
    );
    format!("/api/v1/search/multi/?{query}&limit=10")
}

/// About 1,000 tracks of a side.
pub struct Tracks {
    pub ids: Vec<Uuid>,
    /// Titles and artists.
    pub names: Vec<(String, String)>,
    pub total: u64,
}

impl Tracks {
    pub async fn of(address: SocketAddr) -> Result<Self, BenchError> {
        let http = Http::new(address);
        let mut tracks = Self {
            ids: Vec::new(),
            names: Vec::new(),
            total: 0,
        };
        for page in 0..10 {
            let page = http
                .get(&format!("/api/v1/tracks/?limit=100&offset={}", page * 990))
                .await?;
            tracks.total = page["total"].as_u64().unwrap_or(0);
            for item in page["items"].as_array().ok_or("a page without items")? {
                let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
                tracks.ids.push(text(&item["id"]).parse()?);
                tracks.names.push((text(&item["title"]), text(&item["artist"]["name"])));
            }
        }
        Ok(tracks)
    }
}

/// The same numbers each time: a linear congruential generator (Knuth, MMIX).
pub struct Chance(pub u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 33
    }

    /// From 0, below this.
    pub fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next()).unwrap_or(0) % end.max(1)
    }
}
