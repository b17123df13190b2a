//! What can be asked for, and how it is put to Elasticsearch.

use events::AlbumType;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    cursor,
    fold::{self, Word},
    inside,
    search::SearchError,
};

/// Characters of a text that are looked at.
const MAX_TEXT: usize = 200;
/// Words of a text that are looked at.
const MAX_WORDS: usize = 16;
const MAX_HITS: u32 = 100;
const MAX_OFFSET: u32 = 10_000;

/// A query over one kind. Every filter that is set must hold; one that the kind has no field for finds nothing.
#[derive(Clone, Debug, PartialEq)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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

#[derive(Clone, Debug, PartialEq, Eq)]
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

    fn bounded_text(&self) -> String {
        self.text.iter().flat_map(|text| text.chars()).take(MAX_TEXT).collect()
    }

    pub(crate) fn body(&self) -> Result<Value, SearchError> {
        let mut body = json!({
            "query": {"bool": {"must": self.matching(), "filter": self.filters()}},
            "sort": self.sort.json(),
            "track_total_hits": true,
            "_source": ["shown"],
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

    fn matching(&self) -> Value {
        let text = self.bounded_text();
        if text.trim().is_empty() {
            return json!({"match_all": {}});
        }
        let exact = fold::exact(&text);
        let whole = constant(100.0, &json!({"term": {"exact": exact}}));
        let signs = self.signs().into_iter().map(|sign| constant(3.0, &term("all", &sign)));
        let words = self.words();
        let Some((last, finished)) = words.split_last() else {
            // Without words the signs are what is looked for.
            let signs: Vec<Value> = signs.collect();
            let all = signs.len();
            let ways = json!([whole, {"bool": {"should": signs, "minimum_should_match": all.max(1)}}]);
            return json!({"dis_max": {"queries": ways}});
        };
        let mut each: Vec<Value> = finished.iter().map(|word| word_query(word, false)).collect();
        each.push(word_query(last, true));
        let folded: Vec<&str> = words.iter().map(|word| word.folded.as_str()).collect();
        // Among equals, the rarer word and the shorter name; worth nothing to what matched by a slip only.
        let mut better = vec![json!({"match": {"name": folded.join(" ")}})];
        better.extend(signs);
        better.extend(
            inside::runs(&text)
                .iter()
                .take(MAX_WORDS)
                .map(|run| constant(5.0, &side_by_side(run))),
        );
        json!({"bool": {
            "must": {"bool": {"minimum_should_match": 1, "should": [
                // Of two words both, of up to five all but one.
                {"bool": {"should": each, "minimum_should_match": "2<-1 5<75%"}},
                // The name as a whole, with the spaces elsewhere or a slip: `radio head`, `pink` for P!nk.
                whole,
                constant(4.0, &json!({"prefix": {"exact": exact}})),
                constant(1.0, &fuzzy("exact", &exact)),
            ]}},
            "should": better,
        }})
    }
}

/// One word, anywhere in the name or in the names of the parents and artists. The scores are constant and in this order:
/// the same ideograph, the whole word, its beginning, the same letters inside a longer run, another Romanisation, a slip.
/// With scores by frequency a rare misspelt word would come first.
fn word_query(word: &Word, last: bool) -> Value {
    let folded = &word.folded;
    let skeleton = fold::skeleton(folded);
    let mut ways = vec![
        constant(10.0, &term("all", folded)),
        constant(5.0, &term("all_skeleton", &skeleton)),
        constant(2.0, &fuzzy("all", folded)),
        // Composers, producers and the like, below what the name and the performers offer. Not fuzzy: slips cost most.
        constant(3.0, &term("crew", folded)),
        constant(1.5, &term("crew_skeleton", &skeleton)),
    ];
    if !word.letters.is_empty() {
        // One ideograph is a word, and others are read as it is.
        let is_ideograph = word.letters.chars().nth(1).is_none();
        let score = if is_ideograph { 11.0 } else { 6.0 };
        ways.push(constant(score, &side_by_side(&word.letters)));
    }
    if last {
        ways.push(constant(7.0, &json!({"prefix": {"all": folded}})));
        ways.push(constant(4.0, &json!({"prefix": {"all_skeleton": skeleton}})));
        ways.push(constant(2.5, &json!({"prefix": {"crew": folded}})));
    }
    json!({"dis_max": {"queries": ways}})
}

fn term(field: &str, value: &str) -> Value {
    json!({"term": { field: value }})
}

/// The letters of a run, side by side in some name.
fn side_by_side(run: &str) -> Value {
    json!({"match_phrase": {"inside": inside::pairs(run)}})
}

/// AUTO: no slip below three letters, one below six, then two; see `highlight::slips`. The first letter must be right.
fn fuzzy(field: &str, value: &str) -> Value {
    json!({"fuzzy": { field: {"value": value, "fuzziness": "AUTO", "prefix_length": 1}}})
}

fn constant(boost: f32, filter: &Value) -> Value {
    json!({"constant_score": {"filter": filter, "boost": boost}})
}
