-- What a person said about themselves and about recommendations; without a row, nothing was said.
CREATE TABLE preferences (
    user_id           uuid PRIMARY KEY REFERENCES users ON DELETE CASCADE,
    -- Whether people with a similar taste may find this account.
    similar_users     boolean NOT NULL DEFAULT false,
    -- What is not recommended.
    hidden_track_ids  uuid[] NOT NULL DEFAULT '{}',
    hidden_artist_ids uuid[] NOT NULL DEFAULT '{}'
);
CREATE INDEX preferences_findable ON preferences (user_id) WHERE similar_users;
