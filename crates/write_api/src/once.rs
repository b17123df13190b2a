//! A POST that is sent again with the same `Idempotency-Key` is answered the same, and done once.

use access::{Keys, Principal};
use actix_web::{
    HttpRequest, HttpResponse,
    http::{
        StatusCode,
        header::{CONTENT_TYPE, ETAG},
    },
    web::Bytes,
};
use http_kit::{Body, Error, Versioned};
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use store::{CommandContext, KeptAnswer, OnceKey, OnceState, Unit};

use crate::{Commands, commands::CommandError, idempotency_key::IdempotencyKey};

/// A command as it was sent.
pub(crate) struct Sent<'a> {
    request: &'a HttpRequest,
    by: &'a Principal,
    /// What of it makes another command.
    content: Result<Vec<&'a [u8]>, Error>,
    /// For what must not be guessed from what is kept.
    keys: Option<&'a Keys>,
}

impl Commands {
    /// As [`Commands::transact`], and answers. With an `Idempotency-Key` the answer is kept in the command's own transaction
    /// for 24 h: sent again it is given again, and nothing is done. A refusal is not kept.
    pub(crate) async fn transact_once<T: Serialize>(
        &self,
        sent: Sent<'_>,
        context: &CommandContext,
        work: impl AsyncFn(&mut Unit) -> Result<Versioned<T>, CommandError>,
    ) -> Result<HttpResponse, Error> {
        let once = match IdempotencyKey::of(sent.request).valid() {
            Ok(None) => return self.transact(context, work).await.and_then(|done| answer(&done)),
            Ok(Some(key)) => sent.once(key)?,
            // Who may and what is there come before the fault of a header.
            Err(fault) => {
                let refused = async |unit: &mut Unit| match work(unit).await {
                    Ok(_) => Err(CommandError::Answer(fault.clone())),
                    Err(error) => Err(error),
                };
                return self.transact(context, refused).await;
            }
        };
        let (kept, is_repeat) = self
            .transact(context, async |unit| match unit.once(&once).await? {
                OnceState::Done(kept) => Ok((kept, true)),
                OnceState::Running => Err(Error::running().into()),
                OnceState::OfAnother => Err(of_another().into()),
                OnceState::New => {
                    let kept = kept(&work(unit).await?)?;
                    unit.keep_answer(&once, &kept).await?;
                    Ok((kept, false))
                }
            })
            .await?;
        replay(kept, is_repeat)
    }
}

impl<'a> Sent<'a> {
    pub(crate) fn of<const MAX: usize>(request: &'a HttpRequest, by: &'a Principal, body: &'a Body<MAX>) -> Self {
        let content = body.bytes().map(|bytes: &Bytes| vec![bytes.as_ref()]);
        Self {
            request,
            by,
            content,
            keys: None,
        }
    }

    /// Of a form, whose text differs each time that it is sent.
    pub(crate) fn of_parts(request: &'a HttpRequest, by: &'a Principal, parts: Vec<&'a [u8]>) -> Self {
        Self {
            request,
            by,
            content: Ok(parts),
            keys: None,
        }
    }

    /// Its body holds a password: only a MAC of it is kept.
    pub(crate) fn secret(mut self, keys: &'a Keys) -> Self {
        self.keys = Some(keys);
        self
    }

    fn once(&self, key: String) -> Result<OnceKey, Error> {
        let query = self.request.query_string().as_bytes();
        let mut request = Sha256::new();
        // With their lengths: otherwise parts that are cut at another place would be the same request.
        request.update(query.len().to_be_bytes());
        request.update(query);
        for part in self.content.clone()? {
            request.update(part.len().to_be_bytes());
            request.update(part);
        }
        let request = request.finalize().to_vec();
        Ok(OnceKey {
            user_id: self.by.user_id,
            route: format!("{} {}", self.request.method(), self.request.path()),
            key,
            request: match self.keys {
                Some(keys) => keys.request_mac(&request),
                None => request,
            },
        })
    }
}

fn of_another() -> Error {
    Error::invalid(
        "Idempotency-Key",
        "was given to another request already; give each request its own",
    )
}

fn kept<T: Serialize>(answer: &Versioned<T>) -> Result<KeptAnswer, Error> {
    let body = serde_json::to_vec(answer.body()).map_err(Error::defect)?;
    Ok(KeptAnswer {
        status: answer.status().as_u16(),
        etag: answer.etag(),
        body,
    })
}

fn answer<T: Serialize>(answer: &Versioned<T>) -> Result<HttpResponse, Error> {
    replay(kept(answer)?, false)
}

fn replay(kept: KeptAnswer, is_repeat: bool) -> Result<HttpResponse, Error> {
    let status = StatusCode::from_u16(kept.status).map_err(Error::defect)?;
    let mut response = HttpResponse::build(status);
    response.insert_header((CONTENT_TYPE, "application/json"));
    if let Some(etag) = kept.etag {
        response.insert_header((ETAG, etag));
    }
    if is_repeat {
        response.insert_header(("Idempotency-Replayed", "true"));
    }
    Ok(response.body(kept.body))
}
