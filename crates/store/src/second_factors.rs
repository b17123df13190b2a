//! Second factors of sign-ins, and links that are good once. Nothing here lets anybody in who reads it: of secrets there is
//! a nonce or a MAC.

use chrono::{DateTime, Utc};
use diesel::{
    dsl::{exists, sql},
    prelude::*,
    sql_types::{Bool, Text},
};
use diesel_async::RunQueryDsl;
use domain::SecondFactor;
use events::{Time, UserId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    JobKind, Reader, StoreError, Unit, User,
    schema::{jobs, one_time_links, second_factors, users},
};

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = second_factors, check_for_backend(diesel::pg::Pg))]
struct FactorRow {
    user_id: Uuid,
    nonce: Vec<u8>,
    is_confirmed: bool,
    last_step: i64,
    recovery: Vec<Vec<u8>>,
}

impl From<FactorRow> for SecondFactor {
    fn from(row: FactorRow) -> Self {
        Self {
            nonce: row.nonce,
            is_confirmed: row.is_confirmed,
            last_step: row.last_step,
            recovery: row.recovery,
        }
    }
}

/// What a link is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkPurpose {
    /// Setting a new password.
    PasswordReset,
    /// Proving an address.
    EmailConfirmation,
}

impl LinkPurpose {
    fn name(self) -> &'static str {
        match self {
            Self::PasswordReset => "password_reset",
            Self::EmailConfirmation => "email_confirmation",
        }
    }
}

/// Asks for a link to be made and mailed.
#[derive(Debug, Serialize, Deserialize)]
pub struct MailLink {
    /// None: nobody has the address that was asked about. It is a job nevertheless, so that asking takes as long.
    pub user_id: Option<UserId>,
    pub purpose: LinkPurpose,
}

impl MailLink {
    #[must_use]
    pub fn to_prove(user: UserId) -> Self {
        Self {
            user_id: Some(user),
            purpose: LinkPurpose::EmailConfirmation,
        }
    }
}

impl JobKind for MailLink {
    const NAME: &'static str = "mail_link";
    const CANCELLABLE: bool = false;

    fn key(&self) -> Option<String> {
        self.user_id.map(|user| format!("{user}:{}", self.purpose.name()))
    }
}

impl Unit {
    /// Forgets that links of a person were asked for. A worker that makes one loses it.
    pub(crate) async fn delete_mailings(&mut self, user: UserId) -> Result<(), StoreError> {
        let of = jobs::table.filter(jobs::kind.eq(MailLink::NAME));
        let of = of.filter(sql::<Bool>("arguments ->> 'user_id' = ").bind::<Text, _>(user.to_string()));
        diesel::delete(of).execute(self.connection()?).await?;
        Ok(())
    }

    /// The second factor, held until this unit ends: a code is used once.
    pub async fn second_factor(&mut self, user: UserId) -> Result<Option<SecondFactor>, StoreError> {
        let row = second_factors::table.find(user.0).select(FactorRow::as_select());
        let row: Option<FactorRow> = row.for_no_key_update().first(self.connection()?).await.optional()?;
        Ok(row.map(SecondFactor::from))
    }

    pub async fn store_second_factor(&mut self, user: UserId, factor: &SecondFactor) -> Result<(), StoreError> {
        let row = FactorRow {
            user_id: user.0,
            nonce: factor.nonce.clone(),
            is_confirmed: factor.is_confirmed,
            last_step: factor.last_step,
            recovery: factor.recovery.clone(),
        };
        diesel::insert_into(second_factors::table)
            .values(&row)
            .on_conflict(second_factors::user_id)
            .do_update()
            .set(&row)
            .execute(self.connection()?)
            .await?;
        Ok(())
    }

    pub async fn delete_second_factor(&mut self, user: UserId) -> Result<(), StoreError> {
        let row = diesel::delete(second_factors::table.find(user.0));
        row.execute(self.connection()?).await?;
        Ok(())
    }

    /// A new link of a person; links for the same purpose from before end.
    pub async fn create_link(
        &mut self,
        mac: &[u8],
        user: &User,
        purpose: LinkPurpose,
        expires_at: Time,
    ) -> Result<(), StoreError> {
        use one_time_links as links;
        self.delete_links(user.id(), purpose).await?;
        let row = (
            links::mac.eq(mac),
            links::user_id.eq(user.id().0),
            links::email.eq(&user.email),
            links::purpose.eq(purpose.name()),
            links::expires_at.eq(expires_at.utc()),
        );
        diesel::insert_into(links::table)
            .values(row)
            .execute(self.connection()?)
            .await?;
        Ok(())
    }

    pub(crate) async fn delete_links(&mut self, of: UserId, purpose: LinkPurpose) -> Result<(), StoreError> {
        use one_time_links as links;
        let those = links::table.filter(links::user_id.eq(of.0).and(links::purpose.eq(purpose.name())));
        diesel::delete(those).execute(self.connection()?).await?;
        Ok(())
    }

    /// Whether a person has a link for the address of now that is good until this moment or longer.
    pub async fn has_link_until(
        &mut self,
        user: UserId,
        purpose: LinkPurpose,
        until: Time,
    ) -> Result<bool, StoreError> {
        use one_time_links as links;
        let address = users::table.find(user.0).select(users::email).single_value();
        let link = links::table
            .filter(links::user_id.eq(user.0).and(links::purpose.eq(purpose.name())))
            .filter(links::expires_at.ge(until.utc()))
            .filter(links::email.nullable().eq(address));
        Ok(diesel::select(exists(link)).get_result(self.connection()?).await?)
    }

    /// Uses a link up; whose it is, and the address that the person had when it was made. None when it is over, or for
    /// something else.
    pub async fn use_link(&mut self, mac: &[u8], purpose: LinkPurpose) -> Result<Option<(UserId, String)>, StoreError> {
        use one_time_links as links;
        let now = self.context.now.utc();
        let link = links::table.find(mac).filter(links::purpose.eq(purpose.name()));
        let used = diesel::delete(link.filter(links::expires_at.gt(now))).returning((links::user_id, links::email));
        let link: Option<(Uuid, String)> = used.get_result(self.connection()?).await.optional()?;
        Ok(link.map(|(user, email)| (UserId(user), email)))
    }
}

impl Reader {
    pub async fn second_factor(&self, user: UserId) -> Result<Option<SecondFactor>, StoreError> {
        let row = second_factors::table.find(user.0).select(FactorRow::as_select());
        let row: Option<FactorRow> = row.first(&mut self.connection().await?).await.optional()?;
        Ok(row.map(SecondFactor::from))
    }

    /// Whose link it is, without using it up.
    pub async fn link_of(&self, mac: &[u8], purpose: LinkPurpose, now: Time) -> Result<Option<UserId>, StoreError> {
        use one_time_links as links;
        let link = links::table.find(mac).filter(links::purpose.eq(purpose.name()));
        let link = link.select((links::user_id, links::expires_at));
        let found: Option<(Uuid, DateTime<Utc>)> = link.first(&mut self.connection().await?).await.optional()?;
        Ok(found
            .filter(|(_, expires)| *expires > now.utc())
            .map(|(user, _)| UserId(user)))
    }
}
