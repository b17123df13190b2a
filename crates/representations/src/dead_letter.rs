//! Events that a projector refused, as an operator sees and chooses them.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use events::{Event, Time, Topic};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::{DeadLetterFilter, DeadLetterView};
use utoipa::ToSchema;
use uuid::Uuid;

/// Bytes up to which an event is also shown as text.
const MAX_TEXT: usize = 64 * 1024;

/// Who refused an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RefusedBy {
    Search,
    Analytics,
    Counters,
    Webhooks,
}

/// Which step refused it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RefusalReason {
    /// Its bytes are no event of the contract.
    Malformed,
    /// The read model cannot make rows of it.
    Unprojectable,
    /// The read model's engine refused the rows.
    Refused,
}

/// An event that a projector refused.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct DeadLetter {
    /// Names it where it is replayed.
    pub id: Uuid,
    /// Where the event was first read.
    #[schema(example = "jonquil.listens.v1")]
    pub topic: String,
    /// Partition of that topic.
    pub partition: i32,
    /// Offset in that partition.
    pub offset: i64,
    /// The read model that refused it.
    #[schema(example = "analytics")]
    pub projector: String,
    /// Of the event; null when its bytes do not say.
    #[schema(example = "jonquil.listened.v1")]
    pub r#type: Option<String>,
    /// `malformed`, `unprojectable` or `refused`.
    #[schema(example = "refused")]
    pub reason: String,
    /// What was wrong, in the words of whoever refused it.
    pub error: String,
    /// When it was refused last.
    pub time: Time,
    /// How often it was refused.
    pub times: i32,
    /// Of the event; null for one without a value.
    pub size_bytes: Option<i64>,
    /// The event's key, as text.
    pub key: Option<String>,
    /// When it was handed back, if it was not refused again since.
    pub replayed_at: Option<Time>,
}

/// An event that a projector refused, with its bytes.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct DeadLetterBytes {
    #[serde(flatten)]
    pub letter: DeadLetter,
    /// The event, if its bytes are JSON.
    pub event: Option<Value>,
    /// What this version says of the bytes; null when they are an event that it knows.
    pub malformed: Option<String>,
    /// The bytes, if they are text of 64 KiB at most.
    pub text: Option<String>,
    /// The bytes.
    pub base64: Option<String>,
}

/// Which dead letters: `all` of them, or those that fit everything else that is given.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeadLetterChoice {
    /// Every one; nothing else may be given beside it.
    #[serde(default)]
    pub all: bool,
    /// These.
    #[schema(min_items = 1, max_items = 100)]
    pub ids: Option<Vec<Uuid>>,
    /// Refused by this read model.
    #[schema(inline)]
    pub projector: Option<RefusedBy>,
    /// First read from this topic.
    #[schema(inline)]
    pub topic: Option<Topic>,
    /// Of this type.
    #[schema(
        example = "jonquil.listened.v1",
        min_length = 1,
        max_length = 200,
        pattern = r"^[\x21-\x7e]+$"
    )]
    pub r#type: Option<String>,
    /// Refused for this reason.
    #[schema(inline)]
    pub reason: Option<RefusalReason>,
}

impl RefusedBy {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Search => "search",
            Self::Analytics => "analytics",
            Self::Counters => "counters",
            Self::Webhooks => "webhooks",
        }
    }
}

impl RefusalReason {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::Unprojectable => "unprojectable",
            Self::Refused => "refused",
        }
    }
}

impl DeadLetterChoice {
    /// What the store looks for; the field that is wrong and what would be right otherwise.
    pub fn filter(&self) -> Result<DeadLetterFilter, (&'static str, &'static str)> {
        let filter = DeadLetterFilter {
            ids: self.ids.clone(),
            projector: self.projector.map(|one| one.name().to_owned()),
            topic: self.topic.map(|topic| topic.name().to_owned()),
            event_type: self.r#type.clone(),
            reason: self.reason.map(|reason| reason.name().to_owned()),
            replayed: None,
        };
        if self.all != (filter == DeadLetterFilter::default()) {
            return Err((
                "all",
                "must be true, or ids, projector, topic, type or reason must be given",
            ));
        }
        if self.ids.as_ref().is_some_and(|ids| !(1..=100).contains(&ids.len())) {
            return Err(("ids", "must be a list of 1 to 100"));
        }
        let printable = |text: &String| (1..=200).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
        if !self.r#type.as_ref().is_none_or(printable) {
            return Err(("type", "must be text of 1 to 200 characters"));
        }
        Ok(filter)
    }
}

impl From<DeadLetterView> for DeadLetter {
    fn from(view: DeadLetterView) -> Self {
        Self {
            id: view.id,
            time: view.failed_at(),
            replayed_at: view.replayed_at(),
            topic: view.topic,
            partition: view.partition,
            offset: view.offset,
            projector: view.projector,
            r#type: view.event_type,
            reason: view.reason,
            error: view.error,
            times: view.times,
            size_bytes: view.size_bytes,
            key: view.key.map(|key| String::from_utf8_lossy(&key).into_owned()),
        }
    }
}

impl DeadLetterBytes {
    #[must_use]
    pub fn new(view: DeadLetterView, payload: Option<&[u8]>) -> Self {
        let text = payload.filter(|bytes| bytes.len() <= MAX_TEXT);
        let text = text.and_then(|bytes| std::str::from_utf8(bytes).ok());
        Self {
            letter: view.into(),
            event: payload.and_then(|bytes| serde_json::from_slice(bytes).ok()),
            malformed: Event::decode(payload).err().map(|error| error.to_string()),
            text: text.map(str::to_owned),
            base64: payload.map(|bytes| STANDARD.encode(bytes)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choice(json: &str) -> Result<DeadLetterFilter, &'static str> {
        let choice: DeadLetterChoice = serde_json::from_str(json).expect("a choice");
        choice.filter().map_err(|(field, _)| field)
    }

    #[test]
    fn every_letter_is_chosen_only_by_that_word() {
        assert_eq!(choice(r#"{"all": true}"#), Ok(DeadLetterFilter::default()));
        assert_eq!(choice("{}"), Err("all"));
        assert_eq!(choice(r#"{"all": true, "projector": "search"}"#), Err("all"));
        let of_search = choice(r#"{"projector": "search"}"#).expect("a filter");
        assert_eq!(of_search.projector.as_deref(), Some("search"));
        assert_eq!(choice(r#"{"ids": []}"#), Err("ids"));
        assert_eq!(choice(r#"{"type": "a b"}"#), Err("type"));
    }
}
