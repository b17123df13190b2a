//! A message on its way to Kafka.

use std::borrow::Cow;

use events::Topic;

/// A message to publish. Nothing is copied before it enters the client's queue.
#[derive(Clone, Debug)]
pub struct Message<'a> {
    /// Where it goes.
    pub topic: Topic,
    /// Messages of one key keep their order; without one, any partition will do.
    pub key: Option<&'a [u8]>,
    /// Its value.
    pub payload: Option<&'a [u8]>,
    /// Its headers.
    pub headers: Vec<(&'a str, Cow<'a, [u8]>)>,
}

impl<'a> Message<'a> {
    /// An event with the headers of the contract: `content-type`, `sequence`, `traceparent`.
    #[must_use]
    pub fn event(
        topic: Topic,
        key: &'a str,
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
            key: Some(key.as_bytes()),
            payload: Some(payload),
            headers,
        }
    }
}
