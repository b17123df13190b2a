//! A message to publish.

use std::borrow::Cow;

use events::Topic;

/// Borrowed until the client copies it into its queue.
#[derive(Clone, Debug)]
pub struct Message<'a> {
    /// Without the prefix.
    pub topic: Topic,
    /// Messages with the same key keep their order. None: any partition.
    pub key: Option<&'a [u8]>,
    /// None is a tombstone.
    pub payload: Option<&'a [u8]>,
    /// Names need not be unique.
    pub headers: Vec<(&'a str, Cow<'a, [u8]>)>,
}

impl<'a> Message<'a> {
    /// An event with the headers that the contract names: `content-type`, `sequence`, `traceparent`.
    #[must_use]
    pub fn event(
        topic: Topic,
        key: Option<&'a str>,
        payload: &'a [u8],
        sequence: Option<i64>,
        traceparent: Option<&'a str>,
    ) -> Self {
        let mut headers: Vec<(&str, Cow<'_, [u8]>)> = Vec::with_capacity(3);
        headers.push(("content-type", Cow::Borrowed(b"application/cloudevents+json")));
        if let Some(sequence) = sequence {
            headers.push(("sequence", Cow::Owned(sequence.to_string().into_bytes())));
        }
        if let Some(traceparent) = traceparent {
            headers.push(("traceparent", Cow::Borrowed(traceparent.as_bytes())));
        }
        Self {
            topic,
            key: key.map(str::as_bytes),
            payload: Some(payload),
            headers,
        }
    }
}
