//! Which trace an event says that it is of.

use std::sync::Arc;

use crate::Topic;

/// The trace in which events are made; the default is none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trace {
    traceparent: Option<Arc<str>>,
    is_of_caller: bool,
}

impl Trace {
    /// A trace that came with a request. It may span others: a whole visit, perhaps.
    #[must_use]
    pub fn of_caller(traceparent: &str) -> Self {
        Self {
            traceparent: Some(traceparent.into()),
            is_of_caller: true,
        }
    }

    /// A trace that began with a request, and is of nothing else.
    #[must_use]
    pub fn begun_here(traceparent: &str) -> Self {
        Self {
            traceparent: Some(traceparent.into()),
            is_of_caller: false,
        }
    }

    /// What an event of the topic carries. One that is keyed by a listener carries no trace of a caller's: beside another
    /// event of that trace, which may name an account, it would say whose listens these are.
    #[must_use]
    pub fn of(&self, topic: Topic) -> Option<&str> {
        let is_hidden = self.is_of_caller && is_of_listener(topic);
        self.traceparent.as_deref().filter(|_| !is_hidden)
    }

    /// What is passed on where no listener is named.
    #[must_use]
    pub fn traceparent(&self) -> Option<&str> {
        self.traceparent.as_deref()
    }
}

fn is_of_listener(topic: Topic) -> bool {
    match topic {
        Topic::Listens | Topic::Searches | Topic::Favourites => true,
        Topic::Artists
        | Topic::Albums
        | Topic::Tracks
        | Topic::Users
        | Topic::Playlists
        | Topic::PlaylistItems
        | Topic::PlaylistActivity
        | Topic::Requests
        | Topic::DeadLetters
        | Topic::Replays => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_listener_did_carries_a_trace_of_that_request_alone() {
        let (own, callers) = (Trace::begun_here("a"), Trace::of_caller("b"));
        for topic in [Topic::Listens, Topic::Searches, Topic::Favourites] {
            assert_eq!((own.of(topic), callers.of(topic)), (Some("a"), None));
        }
        for topic in [Topic::Tracks, Topic::Users, Topic::Playlists, Topic::PlaylistActivity] {
            assert_eq!((own.of(topic), callers.of(topic)), (Some("a"), Some("b")));
        }
        assert_eq!(Trace::default().of(Topic::Tracks), None);
    }
}
