//! The indexes: their names, their mapping, how they are made.

use elasticsearch::http::Method;
use events::{Kind, Topic};
use projector::{Position, Unavailable};
use serde_json::{Value, json};

use crate::{
    Search,
    answer::{fault_type, reason},
    client::{Body, unavailable},
    positions::Kept,
};

/// Version of the mapping and of what the projection makes of an event. With the next one a generation is made anew.
pub const SCHEMA: &str = "s5";

/// What is searched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Index {
    /// A kind of the catalogue.
    Of(Kind),
    /// Public playlists.
    Playlists,
}

impl From<Kind> for Index {
    fn from(kind: Kind) -> Self {
        Self::Of(kind)
    }
}

impl Index {
    pub(crate) const ALL: [Self; 4] = [
        Self::Of(Kind::Artist),
        Self::Of(Kind::Album),
        Self::Of(Kind::Track),
        Self::Playlists,
    ];

    /// Its name, without prefix and generation.
    fn name(self) -> &'static str {
        match self {
            Self::Of(Kind::Artist) => "artists",
            Self::Of(Kind::Album) => "albums",
            Self::Of(Kind::Track) => "tracks",
            Self::Playlists => "playlists",
        }
    }

    /// The topic that it is made from.
    pub(crate) fn topic(self) -> Topic {
        match self {
            Self::Of(kind) => kind.topic(),
            Self::Playlists => Topic::Playlists,
        }
    }
}

impl Search {
    /// What queries read: the documents that are not deleted.
    pub(crate) fn alias(&self, index: impl Into<Index>) -> String {
        let name = index.into().name();
        format!("{}{name}-g{}-read", self.inner.prefix, self.generation)
    }

    /// What is written to. An alias, and every bulk requires one: a server that creates missing indexes by itself
    /// would otherwise make one without mapping and without readers.
    pub(crate) fn target(&self, index: Index) -> String {
        format!("{}{}-g{}-write", self.inner.prefix, index.name(), self.generation)
    }

    fn index(&self, index: Index) -> String {
        format!("{}{}-g{}", self.inner.prefix, index.name(), self.generation)
    }

    pub(crate) fn positions_alias(&self) -> String {
        format!("{}positions-g{}-write", self.inner.prefix, self.generation)
    }

    pub(crate) fn positions_index(&self) -> String {
        format!("{}positions-g{}", self.inner.prefix, self.generation)
    }

    /// Creates what is missing; may run any number of times, and at the same time in several processes. `ends` are where
    /// the topics end now: new indexes answer queries once they hold everything before.
    ///
    /// Where an index of documents is missing, the positions are dropped first: they speak of documents that are no
    /// more, and without them every event is read again. Dying in between leaves the index missing, so the next run
    /// drops them once more.
    pub async fn install(&self, ends: &[Position]) -> Result<(), Unavailable> {
        let mut missing = Vec::new();
        for index in Index::ALL {
            if !self.exists(&self.target(index)).await? {
                missing.push(index);
            }
        }
        if !missing.is_empty() {
            self.drop_index(&self.positions_index()).await?;
        }
        let positions = json!({ self.positions_alias(): {} });
        self.create(
            &self.positions_index(),
            &self.index_body(&positions_mapping(ends), &positions),
        )
        .await?;
        for index in missing {
            let aliases = json!({
                self.alias(index): {"filter": {"term": {"deleted": false}}},
                self.target(index): {},
            });
            self.create(&self.index(index), &self.index_body(&document_mapping(), &aliases))
                .await?;
        }
        Ok(())
    }

    /// Deletes every index of this generation. Nobody may be writing them any more.
    ///
    /// # Errors
    /// [`Unavailable`]: some may be gone; call again.
    pub async fn erase(&self) -> Result<(), Unavailable> {
        for index in Index::ALL {
            self.drop_index(&self.index(index)).await?;
        }
        self.drop_index(&self.positions_index()).await
    }

    async fn exists(&self, alias: &str) -> Result<bool, Unavailable> {
        let reply = self
            .send(Method::Head, alias, Body::Nothing, self.inner.write_timeout)
            .await?;
        match reply.status {
            200 => Ok(true),
            404 => Ok(false),
            _ => Err(unavailable(reason(&reply))),
        }
    }

    async fn drop_index(&self, name: &str) -> Result<(), Unavailable> {
        let reply = self
            .send(Method::Delete, name, Body::Nothing, self.inner.write_timeout)
            .await?;
        match reply.status {
            200 | 404 => Ok(()),
            _ => Err(unavailable(reason(&reply))),
        }
    }

    pub(crate) async fn create(&self, name: &str, body: &Value) -> Result<(), Unavailable> {
        let reply = self
            .send(Method::Put, name, Body::Json(body), self.inner.write_timeout)
            .await?;
        match reply.status {
            200 => Ok(()),
            400 if fault_type(&reply).as_deref() == Some("resource_already_exists_exception") => {
                self.started(name).await
            }
            _ => Err(unavailable(reason(&reply))),
        }
    }

    /// Another process has just created it: its shard may not be there yet.
    async fn started(&self, name: &str) -> Result<(), Unavailable> {
        let path = format!("_cluster/health/{name}?wait_for_status=yellow&timeout=5s");
        self.call::<Value>(Method::Get, &path, Body::Nothing, self.inner.write_timeout)
            .await
            .map(drop)
    }

    pub(crate) fn index_body(&self, mapping: &Value, aliases: &Value) -> Value {
        json!({
            "settings": {
                "number_of_shards": 1,
                "number_of_replicas": self.inner.replicas,
                // The projection refreshes, and only then moves its position.
                "refresh_interval": "-1",
                // Each word is looked for in each segment, so few are worth more merging.
                "merge": {"policy": {"segments_per_tier": 3, "max_merge_at_once": 3, "floor_segment": "16mb"}},
                // Offset 10,000 and a page of 100.
                "max_result_window": 10_100,
            },
            "mappings": mapping,
            "aliases": aliases,
        })
    }
}

/// One mapping for all: a field that a kind lacks is absent from its documents.
fn document_mapping() -> Value {
    // Matched by constant scores: neither frequencies nor lengths are kept. Few words begin with the same four letters,
    // so longer prefixes are cheap without an index of their own (measured: 12 letters cost a third more to index).
    let matched = |analyzer: &str| {
        json!({"type": "text", "analyzer": analyzer, "norms": false, "index_options": "docs",
               "index_prefixes": {"min_chars": 1, "max_chars": 4}})
    };
    json!({
        "dynamic": "strict",
        "properties": {
            "id": {"type": "keyword"},
            "deleted": {"type": "boolean"},
            "deleted_at": {"type": "long"},
            // Letters of `exact`.
            "length": {"type": "short"},
            "exact": matched("keyword"),
            "all": matched("whitespace"),
            "all_skeleton": matched("whitespace"),
            // Pairs of a query must stand side by side.
            "inside": {"type": "text", "analyzer": "whitespace", "norms": false, "index_options": "positions"},
            "crew": matched("whitespace"),
            "crew_skeleton": matched("whitespace"),
            "name": {"type": "text", "analyzer": "whitespace", "index_options": "freqs",
                     "index_prefixes": {"min_chars": 1, "max_chars": 4}},
            "sort_name": {"type": "keyword"},
            "genres": {"type": "keyword"},
            "country": {"type": "keyword"},
            "artist_ids": {"type": "keyword"},
            "album_id": {"type": "keyword"},
            "album_type": {"type": "keyword"},
            "year": {"type": "integer"},
            // Days and milliseconds since 1970: a cursor can carry a number back as it came, a formatted date it cannot.
            "release_date": {"type": "long"},
            "created_at": {"type": "long"},
            "duration_ms": {"type": "long"},
            "explicit": {"type": "boolean"},
        },
    })
}

/// The ends lie in the mapping, so that they are there from the index's first moment and are never replaced.
fn positions_mapping(ends: &[Position]) -> Value {
    let until: Vec<Kept> = ends.iter().map(Kept::from).collect();
    json!({
        "dynamic": "strict",
        "_meta": {"until": until},
        "properties": {
            "topic": {"type": "keyword"},
            "partition": {"type": "integer"},
            "next": {"type": "long"},
        },
    })
}
