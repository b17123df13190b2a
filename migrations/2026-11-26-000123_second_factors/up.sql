-- A second factor of sign-ins. The secret is made from the service's own and this nonce; recovery holds MACs of the codes
-- that are left.
CREATE TABLE second_factors (
    user_id      uuid PRIMARY KEY REFERENCES users ON DELETE CASCADE,
    nonce        bytea NOT NULL,
    is_confirmed boolean NOT NULL,
    -- The time step of the last code that was taken: each is good once.
    last_step    bigint NOT NULL,
    recovery     bytea[] NOT NULL
);

-- Links that are good once, by the MAC of their token.
CREATE TABLE one_time_links (
    mac        bytea PRIMARY KEY,
    user_id    uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    -- The address at that time: a link proves no later one.
    email      text NOT NULL,
    purpose    text NOT NULL CHECK (purpose IN ('password_reset', 'email_confirmation')),
    expires_at timestamptz NOT NULL
);
CREATE INDEX one_time_links_of_user ON one_time_links (user_id, purpose);
