//! Links that come by mail: asked for over HTTP, made and sent by a job. Nothing shows whether there is such an account.

use access::{Keys, SignedIn};
use actix_web::{HttpRequest, HttpResponse, post, web::Data};
use domain::Email;
use http_kit::{Action, Body, CommandProblems, ConflictProblem, Error, RegisterProblems, TooManyProblem};
use jobs::{Claim, Handler, JobError};
use mail::{Letter, Mailer, NotSent};
use serde::Deserialize;
use serde_json::{Value, json};
use store::{LinkPurpose, MailLink, User};
use utoipa::ToSchema;

use super::links::{LIFE, path};
use crate::Commands;

/// A person is sent one mail of a kind in this time, whoever asks how often.
const PAUSE: chrono::TimeDelta = chrono::TimeDelta::minutes(2);

/// Whose password was forgotten.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ForgottenPassword {
    /// The account's e-mail address.
    #[schema(example = "ada@example.org", format = Email, max_length = 254)]
    email: String,
}

/// Ask for a link for setting a new password
///
/// It is sent to the address, where there is an account with it; the answer is the same where there is none. Good for 24 h and
/// once; one mail in two minutes. 409 where this service sends no mail: then an admin can make a link.
#[utoipa::path(tag = "auth", path = "/api/v1/auth/password-reset", request_body = ForgottenPassword, security(()),
    responses(RegisterProblems, (status = 202, description = "if there is such an account, it is sent a link")))]
#[post("/api/v1/auth/password-reset")]
pub(crate) async fn send_password_link(
    body: Body,
    request: HttpRequest,
    commands: Data<Commands>,
) -> Result<HttpResponse, Error> {
    let _permit = commands.permit(Action::Mail, &request)?;
    let ForgottenPassword { email } = body.parse()?;
    let email = Email::checked(&email)?;
    sends_mail(&commands)?;
    let user = commands.reader.user_by_login(email.as_str()).await?;
    send(&commands, &request, user.as_ref(), LinkPurpose::PasswordReset).await
}

/// Ask for a link for proving one's address
///
/// It is sent to the account's present address. Good for 24 h and once; one mail in two minutes. 409 where the address is proved
/// already, or this service sends no mail.
#[utoipa::path(tag = "auth", path = "/api/v1/auth/email/confirmation", security(("bearer" = [])),
    responses(CommandProblems, ConflictProblem, TooManyProblem, (status = 202, description = "it is sent")))]
#[post("/api/v1/auth/email/confirmation")]
pub(crate) async fn send_email_link(
    SignedIn(by): SignedIn,
    request: HttpRequest,
    commands: Data<Commands>,
) -> Result<HttpResponse, Error> {
    let _permit = commands.permit(Action::Mail, &request)?;
    sends_mail(&commands)?;
    let user = commands.reader.user(by.user_id).await?;
    if user.as_ref().is_some_and(|user| user.email_verified) {
        return Err(Error::conflict("this address is proved already"));
    }
    send(&commands, &request, user.as_ref(), LinkPurpose::EmailConfirmation).await
}

fn sends_mail(commands: &Commands) -> Result<(), Error> {
    if commands.settings.sends_mail {
        return Ok(());
    }
    Err(Error::conflict("this service sends no mail; an admin can make a link"))
}

/// The same work whether there is such an account or not.
async fn send(
    commands: &Commands,
    request: &HttpRequest,
    to: Option<&User>,
    purpose: LinkPurpose,
) -> Result<HttpResponse, Error> {
    let job = MailLink {
        user_id: to.map(User::id),
        purpose,
    };
    let context = commands.context(request);
    let enqueue = commands.transact(&context, async |unit| Ok(unit.enqueue(&job, None).await?));
    enqueue.await?;
    Ok(HttpResponse::Accepted().finish())
}

/// The job `mail_link`.
pub struct LinkMailer {
    /// None: this service sends no mail.
    pub mailer: Option<Mailer>,
    /// Of the service, as people reach it.
    pub public_url: String,
    pub keys: Keys,
}

impl Handler for LinkMailer {
    type Kind = MailLink;

    async fn run(&self, job: &mut Claim<MailLink>) -> Result<Value, JobError> {
        let nothing = Ok(json!({"sent": false}));
        let Some(user) = job.arguments.user_id else {
            return nothing;
        };
        let off = || JobError::Refused("JONQUIL_SMTP_URL is not set any more".to_owned());
        let mailer = self.mailer.as_ref().ok_or_else(off)?;
        let purpose = job.arguments.purpose;
        let mut unit = job.begin().await?;
        let user = unit.person(user).await?.map(|(_, user)| user);
        let user = user.filter(|user| is_meant(user, purpose));
        // A link that this very job made was not sent.
        let is_first = job.cursor::<Value>()?.is_none();
        let (now, since) = (job.now(), job.now().plus(LIFE - PAUSE));
        let user = match user {
            Some(user) if !(is_first && unit.has_link_until(user.id(), purpose, since).await?) => user,
            _ => {
                unit.roll_back().await?;
                return nothing;
            }
        };
        let (token, mac) = self.keys.letter_token(job.id(), &user.email);
        unit.create_link(&mac, &user, purpose, now.plus(LIFE)).await?;
        // Committed before it is sent, and the same at each try: a link that somebody has in hand works, wherever this dies.
        job.commit(unit, 0, &json!({"link": true})).await?;
        let text = self.text(&user, purpose, &token);
        let letter = Letter {
            to: &user.email,
            subject: subject(purpose),
            text: &text,
            id: &job.id().to_string(),
        };
        match mailer.send(letter).await {
            Ok(()) => Ok(json!({"sent": true})),
            Err(NotSent::Refused(reason)) => Err(JobError::Refused(reason)),
            Err(NotSent::Unavailable(reason)) => Err(JobError::Failed(reason)),
        }
    }
}

fn is_meant(user: &User, purpose: LinkPurpose) -> bool {
    user.is_active
        && match purpose {
            LinkPurpose::PasswordReset => true,
            LinkPurpose::EmailConfirmation => !user.email_verified,
        }
}

fn subject(purpose: LinkPurpose) -> &'static str {
    match purpose {
        LinkPurpose::PasswordReset => "A new password for your account",
        LinkPurpose::EmailConfirmation => "Is this your e-mail address?",
    }
}

impl LinkMailer {
    fn text(&self, user: &User, purpose: LinkPurpose, token: &str) -> String {
        let what = match purpose {
            LinkPurpose::PasswordReset => {
                "Somebody asked for a new password of your account. To set one, open this link:"
            }
            LinkPurpose::EmailConfirmation => "Your account has this e-mail address. If it is yours, open this link:",
        };
        let address = format!("{}{}", self.public_url, path(purpose, token));
        format!(
            "Hello {},\n\n{what}\n\n{address}\n\nIt is good for 24 hours and once. If you did not ask for it, do nothing.\n",
            user.username
        )
    }
}
