DROP INDEX login_failures_by_account;
DROP TABLE sign_in_addresses;
DELETE FROM sessions;
DROP INDEX sessions_by_turn;
ALTER TABLE sessions
    DROP COLUMN turned_at,
    DROP COLUMN generation,
    ADD COLUMN revoked_at timestamptz;
CREATE TABLE refresh_tokens (
    hash       bytea PRIMARY KEY,
    session_id uuid NOT NULL REFERENCES sessions ON DELETE CASCADE,
    issued_at  timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at    timestamptz
);
CREATE INDEX refresh_tokens_of_session ON refresh_tokens (session_id);
