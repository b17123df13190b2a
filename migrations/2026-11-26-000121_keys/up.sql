-- Keys for programs. mac is the HMAC of the key under the service's secret: whoever reads this table can call as nobody.
CREATE TABLE api_keys (
    id           uuid PRIMARY KEY,
    user_id      uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    name         text NOT NULL,
    scopes       text[] NOT NULL,
    mac          bytea NOT NULL,
    created_at   timestamptz NOT NULL,
    expires_at   timestamptz,
    -- Written once a minute at most.
    last_used_at timestamptz
);
CREATE INDEX api_keys_of_user ON api_keys (user_id, created_at DESC, id DESC);

-- What a session was begun with, for its owner to know it by.
ALTER TABLE sessions ADD COLUMN user_agent text;
