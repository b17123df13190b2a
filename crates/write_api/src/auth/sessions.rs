//! `GET /api/v1/auth/sessions`, `DELETE /api/v1/auth/sessions/{session_id}`: where one is signed in.

use access::{Access, SignedIn};
use actix_web::{
    HttpRequest, HttpResponse, delete, get,
    web::{Data, Json},
};
use domain::SessionId;
use events::Time;
use http_kit::{ByIdProblems, Error, Id, ReadProblems};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::Commands;

/// A sign-in that goes on.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SignInSession {
    /// Names it where it is ended.
    pub id: Uuid,
    /// Whether this request belongs to it.
    pub current: bool,
    /// When it began.
    pub created_at: Time,
    /// When it was refreshed last.
    pub last_used_at: Time,
    /// What it was begun with.
    #[schema(example = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")]
    pub user_agent: Option<String>,
    /// When it ends, unless it is refreshed.
    pub expires_at: Time,
}

/// Where one is signed in.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SignInSessions {
    /// The one used last first.
    pub items: Vec<SignInSession>,
}

/// One's own sessions
#[utoipa::path(tag = "auth", path = "/api/v1/auth/sessions", security(("bearer" = [])),
    responses(ReadProblems, (status = 200, description = "the sessions that go on", body = SignInSessions)))]
#[get("/api/v1/auth/sessions")]
pub(crate) async fn list_sessions(
    SignedIn(by): SignedIn,
    commands: Data<Commands>,
) -> Result<Json<SignInSessions>, Error> {
    let now = (commands.ambient.now)();
    let sessions = commands.reader.sessions_of(by.user_id).await?.into_iter();
    let going_on = sessions.filter(|(session, _)| session.ends_at() > now);
    let items = going_on.map(|(session, user_agent)| SignInSession {
        id: session.id.0,
        current: by.session == Some(session.id),
        created_at: session.began_at,
        last_used_at: session.turned_at,
        user_agent,
        expires_at: session.ends_at(),
    });
    Ok(Json(SignInSessions { items: items.collect() }))
}

/// End a session
///
/// Its refresh token stops at once, its access tokens within 5 s.
#[utoipa::path(tag = "auth", security(("bearer" = [])),
    params(("session_id" = Uuid, Path, description = "the session")),
    responses(ByIdProblems, (status = 204, description = "ended")))]
#[delete("/api/v1/auth/sessions/{session_id}")]
pub(crate) async fn end_session(
    SignedIn(by): SignedIn,
    Id(id): Id<SessionId>,
    request: HttpRequest,
    commands: Data<Commands>,
    access: Data<Access>,
) -> Result<HttpResponse, Error> {
    let context = commands.context(&request);
    let end = commands.transact(&context, async |unit| Ok(unit.end_own_session(id, by.user_id).await?));
    if !end.await? {
        return Err(Error::not_found("session"));
    }
    tracing::info!(user_id = %by.user_id.0, session = %id.0, "a session was ended");
    access.forget(id);
    Ok(HttpResponse::NoContent().finish())
}
