//! A body taken apart into its events, without building what is too much.

use std::fmt;

use http_kit::{Error, invalid_json, unknown_field};
use serde::{
    Deserialize, Deserializer,
    de::{self, DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor},
};
use serde_json::value::RawValue;

pub(super) const MAX_EVENTS: usize = 1_000;
const RIGHT: &str = "must be a list of 1 to 1000 events";

/// The text of each event of a body.
pub(super) enum Parts<'a> {
    /// The body is the event.
    One(&'a RawValue),
    /// They stand under `events`.
    Many(Vec<&'a RawValue>),
}

pub(super) fn parts(body: &[u8]) -> Result<Parts<'_>, Error> {
    let top: TopLevel<'_> = serde_json::from_slice(body).map_err(|error| fault(&error))?;
    let Some(events) = top.events else {
        return serde_json::from_slice(body)
            .map(Parts::One)
            .map_err(|error| fault(&error));
    };
    if let Some(other) = top.other {
        return Err(unknown_field(&other, &["events"]));
    }
    if events.is_empty() {
        return Err(Error::invalid("events", RIGHT));
    }
    Ok(Parts::Many(events))
}

/// The visitors below complain of nothing but `events`.
fn fault(error: &serde_json::Error) -> Error {
    if error.is_data() {
        Error::invalid("events", RIGHT)
    } else {
        invalid_json(error)
    }
}

#[derive(Default)]
struct TopLevel<'a> {
    events: Option<Vec<&'a RawValue>>,
    /// The first field beside them.
    other: Option<String>,
}

impl<'de: 'a, 'a> Deserialize<'de> for TopLevel<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Fields)
    }
}

struct Fields;

impl<'de> Visitor<'de> for Fields {
    type Value = TopLevel<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut top = TopLevel::default();
        while let Some(name) = map.next_key::<String>()? {
            if name != "events" {
                map.next_value::<IgnoredAny>()?;
                top.other.get_or_insert(name);
            } else if top.events.is_none() {
                top.events = Some(map.next_value_seed(AtMost(MAX_EVENTS))?);
            } else {
                return Err(de::Error::duplicate_field("events"));
            }
        }
        Ok(top)
    }
}

/// So many events at most; it stops reading at the first one more.
struct AtMost(usize);

impl<'de> DeserializeSeed<'de> for AtMost {
    type Value = Vec<&'de RawValue>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for AtMost {
    type Value = Vec<&'de RawValue>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a list of {} at most", self.0)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut events = Vec::new();
        while let Some(event) = list.next_element()? {
            if events.len() == self.0 {
                return Err(de::Error::invalid_length(self.0 + 1, &self));
            }
            events.push(event);
        }
        Ok(events)
    }
}

#[cfg(test)]
mod tests {
    use super::{Parts, parts};

    fn count(body: &str) -> Result<usize, String> {
        match parts(body.as_bytes()).map_err(|error| error.to_string())? {
            Parts::One(_) => Ok(1),
            Parts::Many(events) => Ok(events.len()),
        }
    }

    #[test]
    fn a_body_is_one_event_or_a_list_of_them_and_nothing_beside() {
        assert_eq!(count(r#"{"track_id": 1}"#), Ok(1));
        assert_eq!(count(r#"{"events": [{}, 7, "x"]}"#), Ok(3));
        let list = "events: must be a list of 1 to 1000 events".to_owned();
        for body in [
            r#"{"events": null}"#,
            r#"{"events": []}"#,
            r#"{"events": {}}"#,
            r#"{"events": [1], "events": [1]}"#,
        ] {
            assert_eq!(count(body), Err(list.clone()), "{body}");
        }
        let beside = "evnets: is no field here; did you mean events?".to_owned();
        assert_eq!(count(r#"{"evnets": [1], "events": [1]}"#), Err(beside));
        assert_eq!(
            count(r#"{"events": [1}"#),
            Err("body: must be valid JSON; the fault is in line 1, at column 14".to_owned())
        );
    }

    #[test]
    fn what_comes_after_the_thousandth_event_is_not_read() {
        let thousand = vec!["1"; 1_000].join(",");
        assert_eq!(count(&format!(r#"{{"events": [{thousand}]}}"#)), Ok(1_000));
        // Behind the event too many there is no JSON any more.
        let more = count(&format!(r#"{{"events": [{thousand},1,@@@"#));
        assert_eq!(more, Err("events: must be a list of 1 to 1000 events".to_owned()));
    }
}
