//! Rows that nobody needs any more.

use chrono::TimeDelta;
use diesel::sql_types::{BigInt, Double};
use diesel_async::RunQueryDsl;

use crate::{StoreError, Unit};

/// What one statement deletes: all that piled up at once would take longer than a statement may.
const CHUNK: i64 = 5_000;

/// A kind of rows that nobody needs any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leftovers {
    LoginAttempts,
    Sessions,
    SignInAddresses,
    Jobs,
    IdempotencyKeys,
    /// Links of mails that were not used in time.
    OneTimeLinks,
    DeadLetters,
    WebhookDeliveries,
    WebhookDeletions,
}

impl Unit {
    /// Deletes some of the rows that are older than `age`; how many. None when there are no more.
    pub async fn sweep(&mut self, what: Leftovers, age: TimeDelta) -> Result<Option<i64>, StoreError> {
        let delete = match what {
            Leftovers::LoginAttempts => {
                "DELETE FROM login_failures WHERE id = ANY(ARRAY(SELECT id FROM login_failures \
                 WHERE failed_at < now() - make_interval(secs => $1) ORDER BY failed_at LIMIT $2))"
            }
            Leftovers::Sessions => {
                "DELETE FROM sessions WHERE id = ANY(ARRAY(SELECT id FROM sessions \
                 WHERE turned_at < now() - make_interval(secs => $1) ORDER BY turned_at LIMIT $2))"
            }
            Leftovers::SignInAddresses => {
                "DELETE FROM sign_in_addresses WHERE (user_id, address) IN (SELECT user_id, address \
                 FROM sign_in_addresses WHERE signed_in_at < now() - make_interval(secs => $1) \
                 ORDER BY signed_in_at LIMIT $2)"
            }
            Leftovers::IdempotencyKeys => {
                "DELETE FROM idempotency_keys WHERE (user_id, route, key) IN (SELECT user_id, route, key \
                 FROM idempotency_keys WHERE created_at < now() - make_interval(secs => $1) \
                 ORDER BY created_at LIMIT $2)"
            }
            Leftovers::OneTimeLinks => {
                "DELETE FROM one_time_links WHERE mac = ANY(ARRAY(SELECT mac FROM one_time_links \
                 WHERE expires_at < now() - make_interval(secs => $1) LIMIT $2))"
            }
            Leftovers::DeadLetters => {
                "DELETE FROM dead_letters WHERE id = ANY(ARRAY(SELECT id FROM dead_letters \
                 WHERE failed_at < now() - make_interval(secs => $1) ORDER BY failed_at LIMIT $2))"
            }
            Leftovers::WebhookDeliveries => {
                "DELETE FROM webhook_deliveries WHERE id = ANY(ARRAY(SELECT id FROM webhook_deliveries \
                 WHERE created_at < now() - make_interval(secs => $1) ORDER BY created_at LIMIT $2))"
            }
            Leftovers::WebhookDeletions => {
                "DELETE FROM webhook_deletions WHERE (id, user_id) IN (SELECT id, user_id FROM webhook_deletions \
                 WHERE deleted_at < now() - make_interval(secs => $1) ORDER BY deleted_at LIMIT $2)"
            }
            Leftovers::Jobs => {
                "DELETE FROM jobs WHERE id = ANY(ARRAY(SELECT id FROM jobs \
                 WHERE finished_at < now() - make_interval(secs => $1) ORDER BY finished_at LIMIT $2))"
            }
        };
        let deleted = diesel::sql_query(delete)
            .bind::<Double, _>(age.as_seconds_f64())
            .bind::<BigInt, _>(CHUNK)
            .execute(self.connection()?)
            .await?;
        Ok(i64::try_from(deleted).ok().filter(|deleted| *deleted > 0))
    }
}
