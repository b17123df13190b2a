//! What can be asked for, and how it is put to Elasticsearch.

use events::AlbumType;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    cursor,
    fold::{self, Word},
    forms::{self, Step},
    inside,
    search::SearchError,
};

/// Characters of a text that are looked at.
const MAX_TEXT: usize = 200;
/// Words of a text that are looked at.
pub(crate) const MAX_WORDS: usize = 16;
const MAX_HITS: u32 = 100;
const MAX_OFFSET: u32 = 10_000;

/// A query over one kind. Every filter that is set must hold; one that the kind has no field for finds nothing.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Query {
    /// Words to find; none or blank: everything. The first 200 characters count. The last word may be unfinished.
    pub text: Option<String>,
    /// A genre, in any case.
    pub genre: Option<String>,
    /// ISO 3166-1 alpha-2, in any case; artists only.
    pub country: Option<String>,
    /// Albums or tracks on which this artist is main or featured.
    pub artist_id: Option<Uuid>,
    pub album_id: Option<Uuid>,
    pub album_type: Option<AlbumType>,
    /// Released from the first year to the second, both included; albums and tracks.
    pub year: Option<(i32, i32)>,
    pub sort: Sort,
    /// Hits wanted, 100 at most.
    pub limit: u32,
    pub page: Page,
}

impl Default for Query {
    fn default() -> Self {
        Self {
            text: None,
            genre: None,
            country: None,
            artist_id: None,
            album_id: None,
            album_type: None,
            year: None,
            sort: Sort::Relevance,
            limit: 20,
            page: Page::Offset(0),
        }
    }
}

/// Order of the hits; equal ones by id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sort {
    /// Best match first.
    Relevance,
    /// By folded name or title: `Кино` stands among the K.
    Name,
    /// Newest in the catalogue first.
    CreatedAt,
    /// Newest release first, unknown ones last.
    ReleaseDate,
    /// Shortest first, unknown ones last.
    Duration,
}

impl Sort {
    pub(crate) fn field(self) -> &'static str {
        match self {
            Self::Relevance => "_score",
            Self::Name => "sort_name",
            Self::CreatedAt => "created_at",
            Self::ReleaseDate => "release_date",
            Self::Duration => "duration_ms",
        }
    }

    fn order(self) -> &'static str {
        match self {
            Self::Name | Self::Duration => "asc",
            Self::Relevance | Self::CreatedAt | Self::ReleaseDate => "desc",
        }
    }

    fn json(self) -> Value {
        let mut by = json!({"order": self.order()});
        if self != Self::Relevance {
            by["missing"] = json!("_last");
        }
        json!([{ self.field(): by }, {"id": "asc"}])
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Page {
    /// After this many hits, 10,000 at most.
    Offset(u32),
    /// After the page that gave this cursor; same query, same sort.
    Cursor(String),
}

impl Query {
    pub(crate) fn size(&self) -> usize {
        self.limit.min(MAX_HITS) as usize
    }

    /// Hits before the page, where that is known.
    pub(crate) fn offset(&self) -> Option<usize> {
        match self.page {
            Page::Offset(offset) => Some(offset.min(MAX_OFFSET) as usize),
            Page::Cursor(_) => None,
        }
    }

    /// The words looked for.
    pub(crate) fn words(&self) -> Vec<Word> {
        fold::words(&fold::nfc(&self.bounded_text()), MAX_WORDS)
    }

    /// The signs looked for.
    pub(crate) fn signs(&self) -> Vec<String> {
        let mut signs = inside::signs(&self.bounded_text());
        signs.truncate(MAX_WORDS);
        signs
    }

    /// Whether there is anything to look for.
    pub(crate) fn has_text(&self) -> bool {
        self.text.as_deref().is_some_and(|text| !text.trim().is_empty())
    }

    pub(crate) fn bounded_text(&self) -> String {
        self.text.iter().flat_map(|text| text.chars()).take(MAX_TEXT).collect()
    }

    pub(crate) fn body(&self, step: Step) -> Result<Value, SearchError> {
        // No document is read: the id is the last of the sort values, and what is shown comes from Postgres.
        let mut body = json!({
            "query": {"bool": {"must": forms::matching(self, step), "filter": self.filters()}},
            "sort": self.sort.json(),
            "track_total_hits": true,
            "stored_fields": "_none_",
        });
        match &self.page {
            Page::Offset(_) => {
                body["from"] = json!(self.offset());
                body["size"] = json!(self.size());
            }
            Page::Cursor(after) => {
                body["search_after"] = json!(cursor::decode(self.sort, after)?);
                // One more shows whether there is a next page.
                body["size"] = json!(self.size() + 1);
            }
        }
        Ok(body)
    }

    fn filters(&self) -> Vec<Value> {
        let term = |field: &str, value: Option<String>| value.map(|value| json!({"term": { field: value }}));
        let genre = self.genre.as_deref().map(|genre| genre.trim().to_lowercase());
        let country = self.country.as_deref().map(|country| country.trim().to_uppercase());
        let years = self
            .year
            .map(|(from, to)| json!({"range": {"year": {"gte": from, "lte": to}}}));
        let album_type = self
            .album_type
            .map(|album_type| json!({"term": {"album_type": album_type}}));
        [
            term("genres", genre),
            term("country", country),
            term("artist_ids", self.artist_id.map(|id| id.to_string())),
            term("album_id", self.album_id.map(|id| id.to_string())),
            album_type,
            years,
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}
