//! `POST /api/v1/users/{user_id}/export`: everything about oneself, as a job.

use access::SignedIn;
use actix_web::{HttpRequest, HttpResponse, post, web::Data};
use domain::Refusal;
use events::{JobId, UserId};
use http_kit::{Error, Id, SelfProblems, TooManyProblem};
use representations::Job;
use store::{Enqueued, Export};

use crate::Commands;

/// Export everything about oneself
///
/// A job makes a zip of JSON lines: the account, what is kept with it, and every listen. Its `result` names the address,
/// which is good for 24 h. Of oneself only. While one is made, the same job is answered.
#[utoipa::path(tag = "users", security(("bearer" = [])), params(("user_id" = UserId, Path, description = "oneself")),
    responses(SelfProblems, TooManyProblem, (status = 202, description = "the job", body = Job)))]
#[post("/api/v1/users/{user_id}/export")]
pub(crate) async fn export_person(
    SignedIn(by): SignedIn,
    Id(user): Id<UserId>,
    request: HttpRequest,
    commands: Data<Commands>,
) -> Result<HttpResponse, Error> {
    if by.user_id != user {
        return Err(Refusal::OnlyOneself.into());
    }
    let context = commands.context(&request);
    let enqueue = commands.transact(&context, async |unit| {
        let enqueued = unit.enqueue(&Export { user_id: user }, Some(user)).await?;
        let (Enqueued::New(id) | Enqueued::Joined(id)) = enqueued else {
            return Err(Error::too_many(60, "too many unfinished jobs of yours; wait for one of them").into());
        };
        let id: JobId = id;
        let view = unit.job(id, by.sight()).await?;
        view.ok_or_else(|| Error::defect("a job that was enqueued a moment ago is not there").into())
    });
    let view = enqueue.await?;
    Ok(HttpResponse::Accepted().json(Job::new(view, by.actor())))
}
