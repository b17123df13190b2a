//! Reading one's own writes: a command's answer says what it changed in `X-Consistency-Token`; a query that is sent the
//! token waits for the read models it reads, and says `X-Consistency: stale` when they were too slow.

use std::{
    fmt,
    str::FromStr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use events::Topic;
use store::{EventPlace, Marked};
use utoipa::openapi::{
    Header, ObjectBuilder, OpenApi, RefOr, Required, Type,
    path::{Operation, ParameterBuilder, ParameterIn},
};

use crate::{Error, Reads};

#[cfg(test)]
mod tests;

pub(crate) const X_CONSISTENCY_TOKEN: HeaderName = HeaderName::from_static("x-consistency-token");
const X_CONSISTENCY: HeaderName = HeaderName::from_static("x-consistency");
/// Partitions of a topic are few; a longer token is none of ours.
const MAX_PLACES: usize = 256;
const MAX_LENGTH: usize = 16 * 1024;

/// What a command has changed: the transaction of its events, or where they are in the topics.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConsistencyToken {
    Transaction(i64),
    Places(Vec<EventPlace>),
}

/// What a query was asked to wait for, and whether it did. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Consistency {
    pub wanted: Option<ConsistencyToken>,
    stale: Arc<AtomicBool>,
}

impl ConsistencyToken {
    /// None where nothing was changed. The transaction comes first: its events are all that a command of Postgres has.
    pub(crate) fn of(marked: Marked) -> Option<Self> {
        match marked.transaction {
            Some(transaction) => Some(Self::Transaction(transaction)),
            None if marked.published.is_empty() => None,
            None => Some(Self::Places(marked.published)),
        }
    }

    /// The token of a request; none where it has none.
    pub(crate) fn sent(headers: &HeaderMap) -> Result<Option<Self>, Error> {
        let mut lines = headers.get_all(X_CONSISTENCY_TOKEN);
        let Some(value) = lines.next() else { return Ok(None) };
        let token = value.to_str().ok().filter(|_| lines.next().is_none());
        let wrong = || Error::invalid("X-Consistency-Token", "must be one that a command has answered");
        token.and_then(|token| token.parse().ok()).map(Some).ok_or_else(wrong)
    }
}

impl Consistency {
    pub(crate) fn new(wanted: Option<ConsistencyToken>) -> Self {
        Self {
            wanted,
            stale: Arc::default(),
        }
    }

    /// The read models were not there in time.
    pub fn set_stale(&self) {
        self.stale.store(true, Ordering::Relaxed);
    }

    /// Adds to the headers of an answer what its request has changed, and whether it reads old things.
    pub(crate) fn show(&self, marked: Marked, headers: &mut HeaderMap) {
        let token = ConsistencyToken::of(marked).map(|token| token.to_string());
        if let Some(Ok(token)) = token.map(HeaderValue::try_from) {
            headers.insert(X_CONSISTENCY_TOKEN, token);
        }
        if self.stale.load(Ordering::Relaxed) {
            headers.insert(X_CONSISTENCY, HeaderValue::from_static("stale"));
        }
    }
}

impl fmt::Display for ConsistencyToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plain = match self {
            Self::Transaction(id) => id.to_string(),
            Self::Places(places) => {
                let place = |at: &EventPlace| format!("{}:{}:{}", at.topic.name(), at.partition, at.offset);
                places.iter().map(place).collect::<Vec<_>>().join(",")
            }
        };
        f.write_str(&URL_SAFE_NO_PAD.encode(plain))
    }
}

/// What is no token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotAToken;

impl FromStr for ConsistencyToken {
    type Err = NotAToken;

    fn from_str(text: &str) -> Result<Self, NotAToken> {
        if text.len() > MAX_LENGTH {
            return Err(NotAToken);
        }
        let plain = URL_SAFE_NO_PAD.decode(text).map_err(|_| NotAToken)?;
        let plain = String::from_utf8(plain).map_err(|_| NotAToken)?;
        if let Ok(transaction) = plain.parse() {
            return if transaction < 0 {
                Err(NotAToken)
            } else {
                Ok(Self::Transaction(transaction))
            };
        }
        let places: Option<Vec<EventPlace>> = plain.split(',').take(MAX_PLACES + 1).map(place).collect();
        let places = places.filter(|places| places.len() <= MAX_PLACES);
        places.map(Self::Places).ok_or(NotAToken)
    }
}

fn place(text: &str) -> Option<EventPlace> {
    let mut parts = text.split(':');
    let place = EventPlace {
        topic: Topic::by_name(parts.next()?)?,
        partition: parts.next()?.parse().ok().filter(|partition| *partition >= 0)?,
        offset: parts
            .next()?
            .parse()
            .ok()
            .filter(|offset| (0..i64::MAX).contains(offset))?,
    };
    parts.next().is_none().then_some(place)
}

/// Writes into the document which commands answer a token, and which queries wait for one. `is_query`: they change nothing.
pub fn document_consistency(document: &mut OpenApi, is_query: bool) {
    for item in document.paths.paths.values_mut() {
        let commands = [&mut item.post, &mut item.put, &mut item.patch, &mut item.delete];
        for operation in commands.into_iter().flatten().filter(|_| !is_query) {
            let is_auth = operation.tags.iter().flatten().any(|tag| tag == "auth");
            if !is_auth {
                add_header(
                    operation,
                    "X-Consistency-Token",
                    "sent with a query, the query waits for this change",
                );
            }
        }
        let queries = [&mut item.get, &mut item.head];
        for operation in queries.into_iter().flatten() {
            if Reads::of(operation).is_empty() {
                continue;
            }
            let parameter = ParameterBuilder::new()
                .name("X-Consistency-Token")
                .parameter_in(ParameterIn::Header)
                .required(Required::False)
                .description(Some("of a command's answer: waits for its change, 2 s at most"))
                .schema(Some(ObjectBuilder::new().schema_type(Type::String)));
            operation.parameters.get_or_insert_default().push(parameter.build());
            add_header(operation, "X-Consistency", "`stale`: the change was not there in time");
        }
    }
}

fn add_header(operation: &mut Operation, name: &str, description: &str) {
    for (status, response) in &mut operation.responses.responses {
        if let (true, RefOr::T(response)) = (status.starts_with('2'), response) {
            let mut header = Header::new(ObjectBuilder::new().schema_type(Type::String));
            header.description = Some(description.to_owned());
            response.headers.insert(name.to_owned(), header);
        }
    }
}
