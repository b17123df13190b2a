//! Accounts that exist: changed, deleted, and listed for admins.

use diesel::{prelude::*, sql_types::Text};
use diesel_async::RunQueryDsl;
use domain::{Person, SessionId, Sight};
use events::{Change, Deleted, Event, Role, UserId, UserState};
use uuid::Uuid;

use crate::{
    LinkPurpose, Reader, StoreError, Unit, User, UserView,
    schema::{artists, login_failures, sessions, users},
    user_views::profiles,
};

/// Which accounts are listed.
#[derive(Clone, Debug, Default)]
pub struct PeopleFilter {
    /// What a username, a name as shown or an address begins with, case folded.
    pub beginning: Option<String>,
    pub role: Option<Role>,
}

fn state(person: &Person) -> UserState {
    UserState {
        user_id: person.id,
        role: person.role.into(),
        created_at: person.created_at,
    }
}

impl Unit {
    /// The account, held until this unit ends, with its row: for what the domain does not see.
    pub async fn person(&mut self, id: UserId) -> Result<Option<(Person, User)>, StoreError> {
        let query = users::table.find(id.0).select(User::as_select()).for_no_key_update();
        let row: Option<User> = query.first(self.connection()?).await.optional()?;
        Ok(row.map(|row| (row.person(), row)))
    }

    /// Stores a changed account that is held, and its event. With `password_hash` it also has a new password.
    pub async fn update_person(&mut self, person: &Person, password_hash: Option<&str>) -> Result<User, StoreError> {
        let changed = (
            users::display_name.eq(&person.display_name),
            users::email.eq(&person.email),
            users::email_verified.eq(person.email_verified),
            users::role.eq(person.role.name()),
            users::is_active.eq(person.is_active),
            users::version.eq(person.version),
            users::updated_at.eq(self.context.now.utc()),
            // None leaves the column as it is.
            password_hash.map(|hash| users::password_hash.eq(hash)),
        );
        let row: User = diesel::update(users::table.find(person.id.0))
            .set(changed)
            .returning(User::as_returning())
            .get_result(self.connection()?)
            .await?;
        if password_hash.is_some() {
            self.delete_links(person.id, LinkPurpose::PasswordReset).await?;
        }
        self.record_event(&Event::User(Change::Updated(state(person))), person.version)?;
        Ok(row)
    }

    /// Ends an account's sessions but for this one; which they were.
    pub async fn end_sessions(&mut self, user: UserId, but: Option<SessionId>) -> Result<Vec<SessionId>, StoreError> {
        let of = sessions::table.filter(sessions::user_id.eq(user.0));
        // No session has the nil id.
        let others = of.filter(sessions::id.ne(but.map_or(Uuid::nil(), |session| session.0)));
        let ended: Vec<Uuid> = diesel::delete(others)
            .returning(sessions::id)
            .get_results(self.connection()?)
            .await?;
        Ok(ended.into_iter().map(SessionId).collect())
    }

    /// The artist profile of an account is held, and then the account: artists come first in the order of locks.
    pub async fn person_with_profile(&mut self, id: UserId) -> Result<Option<(Person, Vec<Uuid>)>, StoreError> {
        let profiles = artists::table.filter(artists::user_id.eq(id.0)).select(artists::id);
        let held: Vec<Uuid> = profiles.for_no_key_update().load(self.connection()?).await?;
        let query = users::table.find(id.0).select(User::as_select()).for_update();
        let row: Option<User> = query.first(self.connection()?).await.optional()?;
        let Some(row) = row else { return Ok(None) };
        // Nobody can bind a profile to a row that is held. Was one bound before, the command starts again.
        let now: Vec<Uuid> = profiles.load(self.connection()?).await?;
        if now != held {
            return Err(StoreError::Conflict);
        }
        Ok(Some((row.person(), held)))
    }

    /// Deletes an account that is held with its profile, and whatever is the person's own: sessions, addresses, keys. The
    /// row is the only link to what was heard. Works and the profile stay without an owner.
    pub async fn delete_person(&mut self, person: &Person, profiles: &[Uuid]) -> Result<(), StoreError> {
        diesel::update(artists::table.filter(artists::id.eq_any(profiles)))
            .set((
                artists::user_id.eq(None::<Uuid>),
                artists::version.eq(artists::version + 1),
                artists::updated_at.eq(self.context.now.utc()),
            ))
            .execute(self.connection()?)
            .await?;
        self.record_artists(profiles, Change::Updated).await?;
        self.delete_playlists_of(person.id).await?;
        self.delete_mailings(person.id).await?;
        // By name: these rows know no account, so nothing takes them along.
        let names = [&person.username, &person.email];
        diesel::delete(login_failures::table.filter(login_failures::account.eq_any(names)))
            .execute(self.connection()?)
            .await?;
        diesel::delete(users::table.find(person.id.0))
            .execute(self.connection()?)
            .await?;
        let deleted = Deleted { id: person.id.0 };
        self.record_event(&Event::User(Change::Deleted(deleted)), person.version + 1)
    }
}

impl Reader {
    /// A page of accounts, newest first, and how many there are. For admins: whoever else looks sees no address.
    pub async fn people(
        &self,
        filter: &PeopleFilter,
        sight: Sight,
        limit: i64,
        offset: i64,
    ) -> Result<(Vec<UserView>, i64), StoreError> {
        let beginning = filter.beginning.as_deref().map(pattern);
        let role = filter.role.map(Role::name);
        let connection = &mut *self.connection().await?;
        let mut page = users::table.select(users::id).into_boxed();
        let mut all = users::table.count().into_boxed();
        if let Some(pattern) = &beginning {
            let fits = || {
                let shown = diesel::dsl::sql::<Text>("lower(display_name)").like(pattern);
                let by_name = users::username.like(pattern).or(users::email.like(pattern));
                by_name.or(shown)
            };
            (page, all) = (page.filter(fits()), all.filter(fits()));
        }
        if let Some(role) = role {
            (page, all) = (page.filter(users::role.eq(role)), all.filter(users::role.eq(role)));
        }
        let total: i64 = all.get_result(connection).await?;
        let order = (users::created_at.desc(), users::id.desc());
        let ids: Vec<Uuid> = page.order(order).limit(limit).offset(offset).load(connection).await?;
        Ok((profiles(connection, ids, sight).await?, total))
    }
}

/// A LIKE pattern of what begins with this text, taken as it is.
fn pattern(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len() + 1);
    for letter in text.chars() {
        if matches!(letter, '\\' | '%' | '_') {
            pattern.push('\\');
        }
        pattern.push(letter);
    }
    pattern.push('%');
    pattern
}

#[cfg(test)]
mod tests {
    use super::pattern;

    #[test]
    fn a_text_is_looked_for_as_it_is() {
        assert_eq!(pattern("a_b%c\\"), "a\\_b\\%c\\\\%");
    }
}
