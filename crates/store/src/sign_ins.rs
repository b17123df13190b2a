//! Sign-ins that failed, and the addresses that accounts were signed in from.

use chrono::{DateTime, Utc};
use diesel::{
    prelude::*,
    sql_types::{BigInt, Bool, Nullable, Text, Timestamptz, Uuid},
};
use diesel_async::RunQueryDsl;
use domain::FailedSignIns;
use events::{Time, UserId};

use crate::{
    Reader, StoreError, Unit,
    schema::{login_failures, sign_in_addresses},
};

/// Known addresses of one account; the one that was used longest ago makes room.
const MAX_ADDRESSES: i64 = 100;

/// Somebody who signs in.
#[derive(Clone, Debug)]
pub struct SignInAttempt {
    /// The account's name or e-mail address as typed, case folded.
    pub name: String,
    /// The account of that name.
    pub user: Option<UserId>,
    pub address: String,
}

#[derive(QueryableByName)]
struct Counted {
    #[diesel(sql_type = BigInt)]
    of_address: i64,
    #[diesel(sql_type = BigInt)]
    of_account: i64,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    last_of_account: Option<DateTime<Utc>>,
    #[diesel(sql_type = Bool)]
    is_known_address: bool,
}

impl Unit {
    /// Forgets failures that no limit looks at any more.
    pub async fn record_failed_sign_in(&mut self, attempt: &SignInAttempt) -> Result<(), StoreError> {
        let now = self.context.now.utc();
        let old = login_failures::table.filter(login_failures::failed_at.lt(now - FailedSignIns::ACCOUNT_WINDOW));
        diesel::delete(old).execute(self.connection()?).await?;
        let failed = (
            login_failures::account.eq(&attempt.name),
            login_failures::address.eq(&attempt.address),
            login_failures::failed_at.eq(now),
        );
        diesel::insert_into(login_failures::table)
            .values(failed)
            .execute(self.connection()?)
            .await?;
        Ok(())
    }

    pub async fn record_known_address(&mut self, user: UserId, address: &str) -> Result<(), StoreError> {
        use sign_in_addresses as known;
        let now = self.context.now.utc();
        let row = (
            known::user_id.eq(user.0),
            known::address.eq(address),
            known::signed_in_at.eq(now),
        );
        diesel::insert_into(known::table)
            .values(row)
            .on_conflict((known::user_id, known::address))
            .do_update()
            .set(known::signed_in_at.eq(now))
            .execute(self.connection()?)
            .await?;
        let others = "DELETE FROM sign_in_addresses WHERE user_id = $1 AND address NOT IN (SELECT address \
            FROM sign_in_addresses WHERE user_id = $1 AND signed_in_at > $2 ORDER BY signed_in_at DESC LIMIT $3)";
        diesel::sql_query(others)
            .bind::<Uuid, _>(user.0)
            .bind::<Timestamptz, _>(now - FailedSignIns::KNOWN)
            .bind::<BigInt, _>(MAX_ADDRESSES)
            .execute(self.connection()?)
            .await?;
        Ok(())
    }
}

impl Reader {
    /// What failed before this attempt.
    pub async fn failed_sign_ins(&self, attempt: &SignInAttempt, now: Time) -> Result<FailedSignIns, StoreError> {
        // `of_account` leaves out the address that failed most: that one waits by its own number, `of_address`.
        let query = "SELECT (SELECT count(*) FROM login_failures WHERE address = $1 AND failed_at > $2) AS of_address, \
            coalesce(sum(failures) - max(failures), 0)::bigint AS of_account, max(last) AS last_of_account, \
            EXISTS (SELECT FROM sign_in_addresses \
                    WHERE user_id = $3 AND address = $1 AND signed_in_at > $4) AS is_known_address \
            FROM (SELECT count(*) AS failures, max(failed_at) AS last FROM login_failures \
                  WHERE account = $5 AND failed_at > $6 GROUP BY address) AS by_address";
        let now = now.utc();
        let found: Counted = diesel::sql_query(query)
            .bind::<Text, _>(&attempt.address)
            .bind::<Timestamptz, _>(now - FailedSignIns::ADDRESS_WINDOW)
            .bind::<Nullable<Uuid>, _>(attempt.user.map(|user| user.0))
            .bind::<Timestamptz, _>(now - FailedSignIns::KNOWN)
            .bind::<Text, _>(&attempt.name)
            .bind::<Timestamptz, _>(now - FailedSignIns::ACCOUNT_WINDOW)
            .get_result(&mut self.connection().await?)
            .await?;
        Ok(FailedSignIns {
            of_address: found.of_address,
            of_account: found.of_account,
            last_of_account: found.last_of_account.map(Time::from),
            is_known_address: found.is_known_address,
        })
    }
}
