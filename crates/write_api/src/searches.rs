//! Searches that clients report: no row, an event; answered once the broker has acknowledged it.

use access::{Principal, SignedIn};
use actix_web::{HttpRequest, HttpResponse, post, web::Data};
use bus::{Delivered, Message};
use domain::SearchFields;
use events::{Event, Meta, Searched, Topic};
use http_kit::{Body, CommandProblems, Error};
use serde::{Deserialize, Serialize};
use store::EventPlace;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::Commands;

/// A search that was recorded.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct RecordedSearch {
    /// Its id.
    pub event_id: Uuid,
}

/// Report a search
///
/// For clients that search elsewhere, or that say what was opened: a search through this API is recorded by itself. It is in
/// one's own search history, kept 90 days.
#[utoipa::path(tag = "analytics", request_body = SearchFields, security(("bearer" = [])),
    responses(CommandProblems, (status = 202, description = "acknowledged by the broker", body = RecordedSearch)))]
#[post("/api/v1/analytics/events/search")]
pub(crate) async fn report_search(
    SignedIn(by): SignedIn,
    body: Body,
    request: HttpRequest,
    commands: Data<Commands>,
) -> Result<HttpResponse, Error> {
    accept(&by, &body, &request, &commands).await
}

/// Report a search, under the path of the analytics
///
/// The same as `POST /api/v1/analytics/events/search`.
#[utoipa::path(tag = "analytics", request_body = SearchFields, security(("bearer" = [])),
    responses(CommandProblems, (status = 202, description = "acknowledged by the broker", body = RecordedSearch)))]
#[post("/api/v1/analytics/clickhouse/search")]
pub(crate) async fn record_search(
    SignedIn(by): SignedIn,
    body: Body,
    request: HttpRequest,
    commands: Data<Commands>,
) -> Result<HttpResponse, Error> {
    accept(&by, &body, &request, &commands).await
}

async fn accept(
    by: &Principal,
    body: &Body,
    request: &HttpRequest,
    commands: &Commands,
) -> Result<HttpResponse, Error> {
    let search = body.parse::<SearchFields>()?.checked()?;
    let context = commands.context(request);
    let event_id = (context.new_id)();
    // In a private session nothing is recorded.
    if by.is_private(context.now) {
        return Ok(HttpResponse::Accepted().json(RecordedSearch { event_id }));
    }
    let searched = Searched {
        listener_id: Some(by.listener_id),
        query: search.query,
        results_count: search.results_count,
        clicked: search.clicked,
    };
    let trace = context.trace.of(Topic::Searches);
    let meta = Meta {
        id: event_id,
        time: context.now,
        sequence: None,
        traceparent: trace.map(str::to_owned),
    };
    let event = Event::Searched(Box::new(searched))
        .encode(&meta)
        .map_err(Error::defect)?;
    let message = Message::event(event.topic, event.key.as_deref(), &event.payload, None, trace);
    match commands.producer.publish([message]).await.pop() {
        Some(Ok(Delivered { partition, offset })) => {
            context.marks.published(EventPlace {
                topic: Topic::Searches,
                partition,
                offset,
            });
            Ok(HttpResponse::Accepted().json(RecordedSearch { event_id }))
        }
        Some(Err(reason)) => Err(Error::unavailable("the event broker", reason)),
        None => Err(Error::defect("the producer gave no outcome")),
    }
}
