//! What Elasticsearch's refusals say.

use serde::Deserialize;

use crate::client::Reply;

/// Characters of a reason that are kept: some quote the whole document.
const MAX_REASON: usize = 300;

/// An error as Elasticsearch writes it.
#[derive(Debug, Deserialize)]
pub(crate) struct Fault {
    #[serde(default)]
    pub r#type: String,
    pub reason: Option<String>,
}

impl Fault {
    pub(crate) fn text(&self) -> String {
        let reason = self.reason.as_deref().unwrap_or("no reason given");
        format!("{}: {reason}", self.r#type).chars().take(MAX_REASON).collect()
    }
}

#[derive(Deserialize)]
struct Refusal {
    error: Fault,
}

/// Why a call failed, for a person.
pub(crate) fn reason(reply: &Reply) -> String {
    match serde_json::from_slice::<Refusal>(&reply.body) {
        Ok(Refusal { error }) => format!("status {}: {}", reply.status, error.text()),
        Err(_) => format!("status {}", reply.status),
    }
}

/// The type of the error in a refusal, as `resource_already_exists_exception`.
pub(crate) fn fault_type(reply: &Reply) -> Option<String> {
    serde_json::from_slice::<Refusal>(&reply.body)
        .ok()
        .map(|refusal| refusal.error.r#type)
}
