//! `_bulk`: many versioned writes in requests of bounded size, and what became of each.

use std::iter;

use bytes::{BufMut as _, Bytes, BytesMut};
use elasticsearch::http::Method;
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use projector::Unavailable;
use serde::Deserialize;
use serde_json::json;

use crate::{
    Search,
    answer::Fault,
    client::{Body, unavailable},
};

/// A request of this size is sent; one document alone may be larger.
const MAX_REQUEST_BYTES: usize = 4 << 20;
/// And one of so many writes.
const MAX_REQUEST_WRITES: usize = 1_000;
/// Requests at once: Elasticsearch works on one with one thread.
const AT_ONCE: usize = 2;

pub(crate) struct Write<'a> {
    /// The alias to write through.
    pub target: &'a str,
    pub id: &'a str,
    /// Nothing older than what is there is written: `external_gte`.
    pub version: i64,
    /// The document's JSON; none deletes it.
    pub document: Option<&'a str>,
}

#[derive(Debug, PartialEq)]
pub(crate) enum Outcome {
    Written,
    /// Something newer is there already: as good as written.
    Stale,
    /// Refused for good, and why.
    Refused(String),
}

#[derive(Deserialize)]
struct Answer {
    items: Vec<Item>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Item {
    Index(Status),
    Delete(Status),
}

#[derive(Deserialize)]
struct Status {
    status: u16,
    error: Option<Fault>,
}

impl Search {
    /// Writes, in no order: of one document's versions the newest stays. After an error any part may have been written; the
    /// same writes may be sent again.
    pub(crate) async fn bulk(&self, writes: &[Write<'_>]) -> Result<Vec<Outcome>, Unavailable> {
        let mut answers = stream::iter(requests(writes))
            .map(|(lines, sent)| self.request(lines, sent))
            .buffered(AT_ONCE);
        let mut outcomes = Vec::with_capacity(writes.len());
        while let Some(answer) = answers.try_next().await? {
            outcomes.extend(answer);
        }
        Ok(outcomes)
    }

    async fn request(&self, lines: Bytes, sent: usize) -> Result<Vec<Outcome>, Unavailable> {
        const PATH: &str =
            "_bulk?require_alias=true&filter_path=items.*.status,items.*.error.type,items.*.error.reason";
        let answer: Answer = self
            .call(Method::Post, PATH, Body::Lines(lines), self.inner.write_timeout)
            .await?;
        if answer.items.len() != sent {
            return Err(unavailable(format!("{} answers to {sent} writes", answer.items.len())));
        }
        answer.items.into_iter().map(outcome).collect()
    }
}

/// The lines of each request, and how many writes they are.
fn requests<'a>(mut rest: &'a [Write<'a>]) -> impl Iterator<Item = (Bytes, usize)> + 'a {
    iter::from_fn(move || {
        let (mut lines, mut sent) = (BytesMut::new(), 0);
        while let Some((first, after)) = rest.split_first()
            && sent < MAX_REQUEST_WRITES
            && lines.len() < MAX_REQUEST_BYTES
        {
            append(&mut lines, first);
            (rest, sent) = (after, sent + 1);
        }
        (sent > 0).then(|| (lines.freeze(), sent))
    })
}

fn append(lines: &mut BytesMut, write: &Write<'_>) {
    let place = json!({
        "_index": write.target, "_id": write.id, "version": write.version, "version_type": "external_gte",
    });
    let action = if write.document.is_some() {
        json!({"index": place})
    } else {
        json!({"delete": place})
    };
    lines.put_slice(action.to_string().as_bytes());
    lines.put_u8(b'\n');
    if let Some(document) = write.document {
        lines.put_slice(document.as_bytes());
        lines.put_u8(b'\n');
    }
}

/// Only what is wrong with the document itself is refused for good; a missing index, a full disk, a full queue or a
/// missing right is a matter of the server, and is waited for.
fn outcome(item: Item) -> Result<Outcome, Unavailable> {
    let (Item::Index(answer) | Item::Delete(answer)) = item;
    let why = || answer.error.as_ref().map_or_else(String::new, Fault::text);
    match answer.status {
        200..=299 => Ok(Outcome::Written),
        // Deleting what is not there; a missing index has an error.
        404 if answer.error.is_none() => Ok(Outcome::Written),
        409 => Ok(Outcome::Stale),
        // Nothing is wrong with the document: somebody closed the index.
        400 if why().starts_with("index_closed_exception") => Err(unavailable(why())),
        400 | 413 => Ok(Outcome::Refused(why())),
        status => Err(unavailable(format!("status {status}: {}", why()))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(count: usize, document: &str) -> Vec<usize> {
        let write = || Write {
            target: "tracks",
            id: "1",
            version: 1,
            document: Some(document),
        };
        let writes: Vec<Write<'_>> = (0..count).map(|_| write()).collect();
        requests(&writes).map(|(_, sent)| sent).collect()
    }

    #[test]
    fn a_request_ends_with_its_thousandth_write_or_its_fourth_mebibyte() {
        assert_eq!(sent(0, "{}"), [0; 0]);
        assert_eq!(sent(1_000, "{}"), [1_000]);
        assert_eq!(sent(2_500, "{}"), [1_000, 1_000, 500]);
        assert_eq!(sent(3, &"a".repeat(3 << 20)), [2, 1]);
    }
}
