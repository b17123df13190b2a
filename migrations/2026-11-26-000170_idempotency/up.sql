-- What a command with an Idempotency-Key was answered, written in its own transaction: sent again, it is answered the same.
CREATE TABLE idempotency_keys (
    user_id    uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    -- Method and path, with the ids in it.
    route      text NOT NULL,
    key        text NOT NULL,
    -- SHA-256 of query and body.
    request    bytea NOT NULL,
    status     smallint NOT NULL,
    etag       text,
    body       bytea NOT NULL,
    tx         xid8 NOT NULL DEFAULT pg_current_xact_id(),
    created_at timestamptz NOT NULL,
    PRIMARY KEY (user_id, route, key)
);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);
