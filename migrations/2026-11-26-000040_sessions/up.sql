-- A session is one row from the sign-in to its end: a refresh updates it, and no token is stored.
-- Tokens from before name no session, so everybody signs in once more.
DROP TABLE refresh_tokens;
DELETE FROM sessions;
ALTER TABLE sessions
    DROP COLUMN revoked_at,
    ADD COLUMN generation bigint NOT NULL,
    ADD COLUMN turned_at timestamptz NOT NULL;
-- For the sweep: what was not refreshed for 30 days has ended.
CREATE INDEX sessions_by_turn ON sessions (turned_at);

-- Addresses that an account's owner signed in from in the last 30 days: guesses from elsewhere do not slow these down.
CREATE TABLE sign_in_addresses (
    user_id      uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    address      text NOT NULL,
    signed_in_at timestamptz NOT NULL,
    PRIMARY KEY (user_id, address)
);
CREATE INDEX sign_in_addresses_by_time ON sign_in_addresses (signed_in_at);
-- Failures are kept for an hour now: beside the limit of an address there is one of an account.
CREATE INDEX login_failures_by_account ON login_failures (account, failed_at);
