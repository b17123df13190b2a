//! Answers that are the same for all who ask: lists, searches, charts, statistics. What is shared holds nothing that is made
//! for one person; it is added to a copy.

use std::{convert::Infallible, future::Ready, sync::Arc};

use actix_web::{
    FromRequest, HttpRequest, HttpResponse, HttpResponseBuilder, Responder,
    body::BoxBody,
    dev::Payload,
    http::{
        StatusCode,
        header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, VARY},
        uri::PathAndQuery,
    },
};
use http_kit::{Error, Kept, Page, count_answer, is_known};
use representations::{Album, Artist, Track};
use serde::Serialize;

use crate::{
    catalogue_item::{NamedAlbum, NamedArtist, NamedTrack},
    pages::SearchHit,
    viewer::Viewer,
};

/// Longer addresses are not shared: few ask the same, and they would fill the memory with their keys.
const MAX_KEY: usize = 2_000;
/// Asks for what its token names, so nothing older will do.
const CONSISTENCY_TOKEN: &str = "x-consistency-token";

/// May be kept by whoever passes it on; before it is used again, its tag is asked about.
const FOR_ALL: &str = "public, no-cache";
/// Only the client itself may keep it.
const FOR_ONE: &str = "private, no-cache";

/// What is computed once for all who ask.
pub(crate) trait ForMany: Clone + Serialize + Send + Sync + 'static {
    /// Whether a part of it is made for one person.
    const IS_SIGNED: bool;

    /// Adds what is made for whoever looks.
    fn sign(&mut self, _: &Viewer) {}

    /// The same without when it was made; none where it does not say.
    fn undated(&self) -> Option<Self> {
        None
    }
}

/// What a request asks for: its path and query. None where the answer must not be shared.
pub(crate) struct Question(Option<String>);

impl FromRequest for Question {
    type Error = Infallible;
    type Future = Ready<Result<Self, Infallible>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let asked = request.uri().path_and_query().map(PathAndQuery::as_str);
        let asked = asked.filter(|asked| asked.len() <= MAX_KEY && !request.headers().contains_key(CONSISTENCY_TOKEN));
        std::future::ready(Ok(Self(asked.map(str::to_owned))))
    }
}

/// An answer as it is sent.
pub(crate) enum Shared<T> {
    /// The same bytes for all.
    Same(Arc<Kept>, &'static str),
    /// With what is made for one person, or made for one request.
    Own(Box<T>),
}

impl<T: ForMany> Shared<T> {
    /// What `compute` makes for nobody in particular, as this viewer gets it. Whoever asks for the same at the time gets the
    /// same answer.
    pub(crate) async fn of(
        viewer: &Viewer,
        asked: Question,
        compute: impl AsyncFnOnce(&Viewer) -> Result<T, Error>,
    ) -> Result<Self, Error> {
        let nobody = viewer.as_nobody();
        let Some(key) = asked.0 else {
            count_answer("passed");
            return Ok(Self::Own(Box::new(signed(Box::pin(compute(&nobody)).await?, viewer))));
        };
        // Whoever needs the primary's answer must not get one of the replica.
        let key = match viewer.replica() {
            Some(_) => format!("replica {key}"),
            None => key,
        };
        let kept = viewer.queries.answers.once(&key, async {
            let made = Box::pin(compute(&nobody)).await?;
            let undated = made.undated();
            Kept::new(made, undated.as_ref())
        });
        let kept = kept.await?;
        if viewer.by.is_none() {
            return Ok(Self::Same(kept, FOR_ALL));
        }
        if !T::IS_SIGNED {
            return Ok(Self::Same(kept, FOR_ONE));
        }
        let value: &T = kept
            .value()
            .ok_or_else(|| Error::defect("two operations share a path"))?;
        Ok(Self::Own(Box::new(signed(value.clone(), viewer))))
    }

    /// What it says.
    pub(crate) fn value(&self) -> Option<&T> {
        match self {
            Self::Same(kept, _) => kept.value(),
            Self::Own(value) => Some(value),
        }
    }

    /// An answer for this caller alone.
    pub(crate) fn own(value: T) -> Self {
        count_answer("passed");
        Self::Own(Box::new(value))
    }
}

fn signed<T: ForMany>(mut value: T, viewer: &Viewer) -> T {
    value.sign(viewer);
    value
}

impl<T: ForMany> Responder for Shared<T> {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        let with = |status, control| {
            let mut answer = HttpResponseBuilder::new(status);
            answer.insert_header((CACHE_CONTROL, control));
            // A cache in between must not give one person what was answered to another, or to nobody.
            answer.insert_header((VARY, "Authorization"));
            answer
        };
        match self {
            Self::Own(value) => with(StatusCode::OK, FOR_ONE).json(value),
            Self::Same(kept, control) if is_known(request, &kept.tag) => with(StatusCode::NOT_MODIFIED, control)
                .insert_header((ETAG, kept.tag.as_str()))
                .finish(),
            Self::Same(kept, control) => with(StatusCode::OK, control)
                .insert_header((ETAG, kept.tag.as_str()))
                .insert_header((CONTENT_TYPE, "application/json"))
                .body(kept.bytes.clone()),
        }
    }
}

impl ForMany for Artist {
    const IS_SIGNED: bool = false;
}

impl ForMany for Album {
    const IS_SIGNED: bool = false;
}

impl ForMany for Track {
    const IS_SIGNED: bool = true;

    fn sign(&mut self, viewer: &Viewer) {
        self.sign_for(viewer.by.as_ref(), &viewer.access);
    }
}

impl ForMany for NamedArtist {
    const IS_SIGNED: bool = false;
}

impl ForMany for NamedAlbum {
    const IS_SIGNED: bool = false;
}

impl ForMany for NamedTrack {
    const IS_SIGNED: bool = true;

    fn sign(&mut self, viewer: &Viewer) {
        self.track.sign(viewer);
    }
}

impl<T: ForMany> ForMany for SearchHit<T> {
    const IS_SIGNED: bool = T::IS_SIGNED;

    fn sign(&mut self, viewer: &Viewer) {
        self.item.sign(viewer);
    }
}

impl<T: ForMany> ForMany for Page<T> {
    const IS_SIGNED: bool = T::IS_SIGNED;

    fn sign(&mut self, viewer: &Viewer) {
        sign_all(&mut self.items, viewer);
    }
}

pub(crate) fn sign_all<T: ForMany>(items: &mut [T], viewer: &Viewer) {
    if T::IS_SIGNED {
        for item in items {
            item.sign(viewer);
        }
    }
}
