//! `/api/v1/auth/totp`: the second factor of one's sign-ins.

use access::{Access, Principal, SignedIn, recovery_code};
use actix_web::{
    HttpRequest, HttpResponse, delete, get,
    http::header::CACHE_CONTROL,
    post,
    web::{Data, Json},
};
use domain::{Password, Proof, RECOVERY_CODES, SecondFactor, SessionId};
use events::{Time, UserId};
use http_kit::{Body, ClientAddress, CommandProblems, ConflictProblem, Error, ReadProblems, TooManyProblem};
use serde::{Deserialize, Serialize};
use store::{CommandContext, SignInAttempt};
use utoipa::ToSchema;

use super::login::{self, Beside};
use crate::{Commands, commands::client};

/// What an authenticator app is set up with.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct TotpSecret {
    /// In base32, for typing.
    #[schema(example = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")]
    pub secret: String,
    /// The same for a QR code.
    pub uri: String,
}

/// Codes that stand for one of the app, each once.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct RecoveryCodes {
    /// Shown this once.
    pub recovery_codes: Vec<String>,
}

/// How the second factor stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TotpState {
    /// Whether sign-ins need it.
    pub enabled: bool,
    /// Codes that are not used yet.
    pub recovery_codes_left: usize,
}

/// The password, and a code of the app.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TotpCode {
    /// Of the account.
    #[schema(max_length = 1024)]
    password: String,
    /// What the app shows now.
    #[schema(example = "287082", min_length = 6, max_length = 6)]
    code: String,
}

/// The password, and a code of the app or a recovery code.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TotpEnd {
    /// Of the account.
    #[schema(max_length = 1024)]
    password: String,
    /// A code of the app.
    code: Option<String>,
    /// Instead of it.
    recovery_code: Option<String>,
}

impl TotpEnd {
    fn shown(&self) -> Shown<'_> {
        Shown {
            code: self.code.as_deref(),
            recovery_code: self.recovery_code.as_deref(),
        }
    }
}

/// What is shown beside a password, if something is.
pub(crate) struct Shown<'a> {
    pub code: Option<&'a str>,
    pub recovery_code: Option<&'a str>,
}

impl Shown<'_> {
    /// None: nothing is shown.
    pub(crate) fn proof(&self, access: &Access, user: UserId, factor: &SecondFactor, now: Time) -> Option<Proof> {
        match (self.code, self.recovery_code) {
            (Some(code), _) => Some(access.keys.totp_proof(user, &factor.nonce, code.trim(), now)),
            (None, Some(code)) => Some(Proof::Recovery(access.keys.recovery_mac(user, code))),
            (None, None) => None,
        }
    }
}

/// Whether sign-ins need a second factor
#[utoipa::path(tag = "auth", path = "/api/v1/auth/totp", security(("bearer" = [])),
    responses(ReadProblems, (status = 200, description = "how it stands", body = TotpState)))]
#[get("/api/v1/auth/totp")]
pub(crate) async fn get_totp(SignedIn(by): SignedIn, commands: Data<Commands>) -> Result<Json<TotpState>, Error> {
    let factor = commands.reader.second_factor(by.user_id).await?;
    let enabled = factor.filter(|factor| factor.is_confirmed);
    Ok(Json(TotpState {
        enabled: enabled.is_some(),
        recovery_codes_left: enabled.map_or(0, |factor| factor.recovery.len()),
    }))
}

/// Set up a second factor
///
/// A secret for an authenticator app (RFC 6238: SHA-1, six digits, 30 s). Sign-ins need it once a code of it was confirmed.
#[utoipa::path(tag = "auth", path = "/api/v1/auth/totp", security(("bearer" = [])),
    responses(ReadProblems, ConflictProblem, (status = 200, description = "the secret", body = TotpSecret)))]
#[post("/api/v1/auth/totp")]
pub(crate) async fn begin_totp(
    SignedIn(by): SignedIn,
    request: HttpRequest,
    commands: Data<Commands>,
    access: Data<Access>,
) -> Result<HttpResponse, Error> {
    let context = commands.context(&request);
    let factor = SecondFactor::new((commands.ambient.random)()[..16].to_vec());
    let account = commands.reader.user(by.user_id).await?;
    let account = account.ok_or_else(|| Error::unauthorized("this account is gone"))?;
    let begin = commands.transact(&context, async |unit| {
        let present = unit.second_factor(by.user_id).await?;
        if present.is_some_and(|present| present.is_confirmed) {
            return Err(Error::conflict("there is a second factor already; end it first").into());
        }
        Ok(unit.store_second_factor(by.user_id, &factor).await?)
    });
    begin.await?;
    let secret = access.keys.totp_text(by.user_id, &factor.nonce);
    let uri = format!(
        "otpauth://totp/Jonquil:{}?secret={secret}&issuer=Jonquil",
        account.username
    );
    Ok(once(TotpSecret { secret, uri }))
}

/// Confirm a second factor
///
/// With the password and a code of the app. From then on sign-ins need one, and every other session ends. The recovery codes
/// are shown this once. A wrong password counts as a failed sign-in.
#[utoipa::path(tag = "auth", path = "/api/v1/auth/totp/confirm", request_body = TotpCode, security(("bearer" = [])),
    responses(CommandProblems, ConflictProblem, TooManyProblem,
        (status = 200, description = "it is on", body = RecoveryCodes)))]
#[post("/api/v1/auth/totp/confirm")]
pub(crate) async fn confirm_totp(
    SignedIn(by): SignedIn,
    body: Body,
    request: HttpRequest,
    commands: Data<Commands>,
    access: Data<Access>,
) -> Result<HttpResponse, Error> {
    let TotpCode { password, code } = body.parse()?;
    let context = commands.context(&request);
    proves(&commands, &context, &by, client(&request)?, &password).await?;
    let (codes, macs) = new_codes(&commands, &access, by.user_id);
    let confirm = commands.transact(&context, async |unit| {
        let factor = unit.second_factor(by.user_id).await?;
        let factor = factor.filter(|factor| !factor.is_confirmed).ok_or_else(nothing_waits)?;
        let proof = (access.keys).totp_proof(by.user_id, &factor.nonce, code.trim(), context.now);
        let confirmed = factor.confirm(&proof, macs.clone()).ok_or_else(wrong_code)?;
        unit.store_second_factor(by.user_id, &confirmed).await?;
        // Whoever signed in without one is out.
        Ok(unit.end_sessions(by.user_id, by.session).await?)
    });
    log("a second factor was set up", &by, &confirm.await?);
    // Whoever had to have one may go on.
    access.forget_user(by.user_id);
    Ok(once(RecoveryCodes { recovery_codes: codes }))
}

/// End the second factor
///
/// With the password, and a code of the app or a recovery code. Every other session ends. Failures count as failed sign-ins.
#[utoipa::path(tag = "auth", path = "/api/v1/auth/totp", request_body = TotpEnd, security(("bearer" = [])),
    responses(CommandProblems, TooManyProblem, (status = 204, description = "sign-ins need the password only")))]
#[delete("/api/v1/auth/totp")]
pub(crate) async fn end_totp(
    SignedIn(by): SignedIn,
    body: Body,
    request: HttpRequest,
    commands: Data<Commands>,
    access: Data<Access>,
) -> Result<HttpResponse, Error> {
    let sent: TotpEnd = body.parse()?;
    let context = commands.context(&request);
    let attempt = proves(&commands, &context, &by, client(&request)?, &sent.password).await?;
    let right = login::show(&commands, &access, &context, &attempt, &sent.shown()).await?;
    if matches!(right, Beside::Wrong | Beside::Missing) {
        let what = "is not a code of the app, and no recovery code that is left";
        return Err(Error::invalid("code", what));
    }
    let end = commands.transact(&context, async |unit| {
        unit.delete_second_factor(by.user_id).await?;
        Ok(unit.end_sessions(by.user_id, by.session).await?)
    });
    log("the second factor was ended", &by, &end.await?);
    access.forget_user(by.user_id);
    Ok(HttpResponse::NoContent().finish())
}

fn log(what: &str, by: &Principal, ended: &[SessionId]) {
    tracing::info!(user_id = %by.user_id.0, ended = ended.len(), "{what}");
}

/// Counts as a sign-in: whoever guesses has to wait.
async fn proves(
    commands: &Data<Commands>,
    context: &CommandContext,
    by: &Principal,
    address: ClientAddress,
    password: &str,
) -> Result<SignInAttempt, Error> {
    let account = commands.reader.user(by.user_id).await?;
    let account = account.ok_or_else(|| Error::unauthorized("this account is gone"))?;
    let password = ("password", Password::normalised(password));
    login::confirm(commands, context, address, account, password).await
}

/// Codes, and what is stored of them.
fn new_codes(commands: &Commands, access: &Access, of: UserId) -> (Vec<String>, Vec<Vec<u8>>) {
    let new_code = |_| recovery_code((commands.ambient.random)());
    let codes: Vec<String> = (0..RECOVERY_CODES).map(new_code).collect();
    let macs = codes.iter().map(|code| access.keys.recovery_mac(of, code)).collect();
    (codes, macs)
}

fn nothing_waits() -> Error {
    Error::conflict("nothing waits to be confirmed; POST /auth/totp begins it")
}

fn wrong_code() -> Error {
    Error::invalid("code", "is not the code of the app; is its clock right?")
}

fn once(body: impl Serialize) -> HttpResponse {
    HttpResponse::Ok().insert_header((CACHE_CONTROL, "no-store")).json(body)
}
