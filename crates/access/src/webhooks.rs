//! Signatures of webhooks, as <https://www.standardwebhooks.com> has them: HMAC-SHA-256 over id, time and body.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use domain::WebhookId;
use events::Time;

use crate::{Keys, tokens::mac};

/// What secrets begin with, so that they are recognised where they should not be.
const SECRET_PREFIX: &str = "whsec_";

impl Keys {
    /// A webhook's secret, made from a nonce: it is stored nowhere.
    fn webhook_key(&self, webhook: WebhookId, nonce: &[u8]) -> [u8; 32] {
        mac(&self.webhook, &[webhook.0.as_bytes(), nonce])
    }

    /// The secret as its owner is shown it.
    #[must_use]
    pub fn webhook_secret(&self, webhook: WebhookId, nonce: &[u8]) -> String {
        format!("{SECRET_PREFIX}{}", STANDARD.encode(self.webhook_key(webhook, nonce)))
    }

    /// The header `webhook-signature`: one signature for each secret that is good.
    #[must_use]
    pub fn webhook_signatures<'a>(
        &self,
        webhook: WebhookId,
        nonces: impl Iterator<Item = &'a [u8]>,
        (id, time, body): (&str, Time, &[u8]),
    ) -> String {
        let seconds = time.millis().div_euclid(1_000).to_string();
        let signed = |nonce: &[u8]| {
            let key = self.webhook_key(webhook, nonce);
            let signature = mac(&key, &[id.as_bytes(), b".", seconds.as_bytes(), b".", body]);
            format!("v1,{}", STANDARD.encode(signature))
        };
        nonces.map(signed).collect::<Vec<_>>().join(" ")
    }
}
