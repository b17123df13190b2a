//! What a person keeps: `PUT /api/v1/users/{user_id}/queue` and `…/preferences`, and
//! `DELETE …/listening-history/{event_id}`.

use access::{Access, SignedIn};
use actix_web::{HttpRequest, HttpResponse, delete, put, web::Data};
use domain::{PlayQueueChanges, PreferencesChanges, Refusal};
use events::UserId;
use http_kit::{Body, ChangeProblems, ConflictProblem, Error, Id, Ids, IfMatch, SelfProblems, Versioned};
use representations::{PlayQueue, Preferences};
use uuid::Uuid;

use super::of_person;
use crate::Commands;

/// 10,000 ids, and some room.
const MAX_QUEUE: usize = 512 * 1024;

/// Keep the play queue
///
/// For the next device. What is not given stays.
#[utoipa::path(tag = "users", request_body = PlayQueueChanges, security(("bearer" = [])),
    params(IfMatch, ("user_id" = UserId, Path, description = "account")),
    responses(ChangeProblems, (status = 200, description = "the queue", body = PlayQueue)))]
#[put("/api/v1/users/{user_id}/queue")]
pub(crate) async fn change_queue(
    SignedIn(by): SignedIn,
    Id(user): Id<UserId>,
    request: HttpRequest,
    if_match: IfMatch,
    body: Body<MAX_QUEUE>,
    commands: Data<Commands>,
) -> Result<Versioned<PlayQueue>, Error> {
    of_person(&commands, user, &by).await?;
    let changes: PlayQueueChanges = body.parse()?;
    let context = commands.context(&request);
    let command = commands.transact(&context, async |unit| {
        let queue = unit.play_queue(user).await?;
        if_match.check(queue.version)?;
        let queue = queue.change(changes.clone(), context.now)?;
        unit.store_play_queue(user, &queue).await?;
        Ok(queue)
    });
    let queue = command.await?;
    Ok(Versioned::ok(queue.version, queue.into()))
}

/// Change preferences
///
/// In a private session listens and searches are accepted as ever, and not recorded. It begins and ends within 5 s.
#[utoipa::path(tag = "users", request_body = PreferencesChanges, security(("bearer" = [])),
    params(IfMatch, ("user_id" = UserId, Path, description = "account")),
    responses(ChangeProblems, (status = 200, description = "the preferences", body = Preferences)))]
#[put("/api/v1/users/{user_id}/preferences")]
pub(crate) async fn change_preferences(
    SignedIn(by): SignedIn,
    Id(user): Id<UserId>,
    request: HttpRequest,
    if_match: IfMatch,
    body: Body,
    commands: Data<Commands>,
    access: Data<Access>,
) -> Result<Versioned<Preferences>, Error> {
    of_person(&commands, user, &by).await?;
    let changes: PreferencesChanges = body.parse()?;
    let context = commands.context(&request);
    let command = commands.transact(&context, async |unit| {
        let preferences = unit.preferences(user).await?;
        if_match.check(preferences.version)?;
        let preferences = preferences.change(changes.clone(), context.now)?;
        unit.store_preferences(user, &preferences).await?;
        Ok(preferences)
    });
    let preferences = command.await?;
    access.forget_user(user);
    let (version, shown) = (preferences.version, Preferences::new(preferences, context.now));
    Ok(Versioned::ok(version, shown))
}

/// Hide a listen
///
/// From one's own history and one's own statistics, habits and streaks. Charts and figures of works count it, an export has it,
/// and nobody else learns of it. Hiding it twice, or one that is not there,
/// changes nothing. 1,000 at most.
#[utoipa::path(tag = "users", security(("bearer" = [])),
    params(("user_id" = UserId, Path, description = "account"), ("event_id" = Uuid, Path, description = "the listen")),
    responses(SelfProblems, ConflictProblem, (status = 204, description = "it is hidden")))]
#[delete("/api/v1/users/{user_id}/listening-history/{event_id}")]
pub(crate) async fn hide_listen(
    SignedIn(by): SignedIn,
    Ids(user, event): Ids<UserId, Uuid>,
    request: HttpRequest,
    commands: Data<Commands>,
) -> Result<HttpResponse, Error> {
    of_person(&commands, user, &by).await?;
    let context = commands.context(&request);
    let hide = commands.transact(&context, async |unit| Ok(unit.hide_listen(user, event).await?));
    if !hide.await? {
        return Err(Refusal::ListIsFull.into());
    }
    Ok(HttpResponse::NoContent().finish())
}
