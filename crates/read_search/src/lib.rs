//! The search read model: mapping, projection and queries of Elasticsearch.
//!
//! It owns the indexes of artists, albums, tracks and public playlists, their positions, and the folding of names that lets `кино` find
//! `Kino`. It must not know HTTP handlers, Postgres, Kafka or commands: it is fed by `projector` from `events` and gives
//! out ids; what an entity looks like to a client is not its matter.
//!
//! Only features of the server's core are used: no `asciifolding`, n-gram or synonym filter, script, ingest or
//! `_update_by_query`. Accents and scripts are folded in Rust, on both sides of the query.

mod answer;
mod bulk;
mod client;
mod corrected;
mod cursor;
mod document;
pub mod fold;
mod forms;
mod generations;
mod highlight;
mod inside;
mod kept;
mod mapping;
mod positions;
mod projection;
mod query;
mod search;
mod suggest;
mod sweep;

pub use client::{BadConfig, Search, SearchConfig};
pub use corrected::corrected;
pub use forms::Step;
pub use highlight::Highlighter;
pub use mapping::{Index, SCHEMA};
pub use projection::SearchProjection;
pub use query::{Page, Query, Sort};
pub use search::{FEW, Hits, Relevance, SearchError, SearchHit};
pub use suggest::Suggestion;
