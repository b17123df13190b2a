//! The header `Idempotency-Key`: a command with it is done once; events without an id get one made from it.

use std::future::{Ready, ready};

use actix_web::{FromRequest, HttpRequest, dev::Payload, http::header::HeaderName};
use http_kit::Error;
use utoipa::{
    IntoParams,
    openapi::{
        ObjectBuilder, Required, Type,
        path::{Parameter, ParameterBuilder, ParameterIn},
    },
};

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
const MAX_CHARACTERS: usize = 255;

/// The key, or that it is none; as with a body, a fault shows when the handler asks.
pub(crate) struct IdempotencyKey(Result<Option<String>, Error>);

impl IdempotencyKey {
    pub(crate) fn of(request: &HttpRequest) -> Self {
        let mut sent = request.headers().get_all(IDEMPOTENCY_KEY);
        Self(match (sent.next(), sent.next()) {
            (None, _) => Ok(None),
            (Some(key), None) => match key.to_str() {
                // A header may hold tabs too.
                Ok(key) if (1..=MAX_CHARACTERS).contains(&key.len()) && !key.contains('\t') => Ok(Some(key.to_owned())),
                _ => Err(fault(&format!(
                    "must be 1 to {MAX_CHARACTERS} visible characters of ASCII"
                ))),
            },
            (Some(_), Some(_)) => Err(fault("must be given once")),
        })
    }

    pub(crate) fn valid(self) -> Result<Option<String>, Error> {
        self.0
    }
}

impl FromRequest for IdempotencyKey {
    type Error = Error;
    type Future = Ready<Result<Self, Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self::of(request)))
    }
}

fn fault(message: &str) -> Error {
    Error::invalid("Idempotency-Key", message)
}

impl IntoParams for IdempotencyKey {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        documented("events without an id get one made from this key and their place; they must have `listened_at`")
    }
}

/// For the document: the key of a command that `Commands::transact_once` runs.
pub(crate) enum OnceKey {}

impl IntoParams for OnceKey {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        documented(
            "sent again with the same key and body within 24 h, the command is answered as the first time and done once; \
             409 while it still runs, 422 with another body",
        )
    }
}

fn documented(meaning: &str) -> Vec<Parameter> {
    let text = ObjectBuilder::new()
        .schema_type(Type::String)
        .min_length(Some(1))
        .max_length(Some(MAX_CHARACTERS))
        .pattern(Some(r"^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$"));
    let parameter = ParameterBuilder::new()
        .name("Idempotency-Key")
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some(meaning))
        .schema(Some(text));
    vec![parameter.build()]
}
