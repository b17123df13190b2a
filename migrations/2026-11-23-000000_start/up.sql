-- Accounts. listener_id is the only link between a person and what was heard; it never leaves this table.
CREATE TABLE users (
    id            uuid PRIMARY KEY,
    listener_id   uuid NOT NULL UNIQUE,
    username      text NOT NULL UNIQUE,
    display_name  text NOT NULL,
    email         text NOT NULL UNIQUE,
    email_verified boolean NOT NULL DEFAULT false,
    password_hash text NOT NULL,
    role          text NOT NULL CHECK (role IN ('listener', 'artist', 'admin')),
    is_active     boolean NOT NULL DEFAULT true,
    version       bigint NOT NULL,
    created_at    timestamptz NOT NULL,
    updated_at    timestamptz NOT NULL
);

-- One sign-in, and all refresh tokens that came from it.
CREATE TABLE sessions (
    id         uuid PRIMARY KEY,
    user_id    uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    created_at timestamptz NOT NULL,
    revoked_at timestamptz
);
CREATE INDEX sessions_of_user ON sessions (user_id);

-- Refresh tokens, as SHA-256: whoever reads this table can sign in as nobody.
CREATE TABLE refresh_tokens (
    hash       bytea PRIMARY KEY,
    session_id uuid NOT NULL REFERENCES sessions ON DELETE CASCADE,
    issued_at  timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at    timestamptz
);
CREATE INDEX refresh_tokens_of_session ON refresh_tokens (session_id);

-- Failed sign-ins of the last minutes, for the limits per (account, address) and per address.
CREATE TABLE login_failures (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account   text NOT NULL,
    address   text NOT NULL,
    failed_at timestamptz NOT NULL
);
CREATE INDEX login_failures_by_address ON login_failures (address, failed_at);
CREATE INDEX login_failures_by_time ON login_failures (failed_at);

-- name_key and title_key are the folded names by which an upload finds what is there already.
CREATE TABLE artists (
    id           uuid PRIMARY KEY,
    name         text NOT NULL,
    name_key     text NOT NULL,
    bio          text,
    country      text,
    genres       text[] NOT NULL,
    user_id      uuid REFERENCES users ON DELETE SET NULL,
    external_ids jsonb NOT NULL,
    created_by   uuid REFERENCES users ON DELETE SET NULL,
    version      bigint NOT NULL,
    created_at   timestamptz NOT NULL,
    updated_at   timestamptz NOT NULL
);
CREATE INDEX artists_by_key ON artists (name_key, created_at);
CREATE UNIQUE INDEX artists_of_user ON artists (user_id) WHERE user_id IS NOT NULL;
CREATE INDEX artists_created_by ON artists (created_by);

CREATE TABLE albums (
    id           uuid PRIMARY KEY,
    artist_id    uuid NOT NULL REFERENCES artists,
    title        text NOT NULL,
    title_key    text NOT NULL,
    album_type   text NOT NULL CHECK (album_type IN ('album', 'single', 'ep', 'compilation')),
    release_date date,
    genres       text[] NOT NULL,
    cover_key    text,
    external_ids jsonb NOT NULL,
    created_by   uuid REFERENCES users ON DELETE SET NULL,
    version      bigint NOT NULL,
    created_at   timestamptz NOT NULL,
    updated_at   timestamptz NOT NULL
);
CREATE INDEX albums_of_artist ON albums (artist_id, title_key);
CREATE INDEX albums_by_time ON albums (created_at DESC, id DESC);
CREATE INDEX albums_created_by ON albums (created_by);

CREATE TABLE tracks (
    id             uuid PRIMARY KEY,
    artist_id      uuid NOT NULL REFERENCES artists,
    album_id       uuid REFERENCES albums,
    title          text NOT NULL,
    duration_ms    bigint,
    track_number   smallint,
    disc_number    smallint,
    genres         text[] NOT NULL,
    explicit       boolean NOT NULL,
    external_ids   jsonb NOT NULL,
    audio_key      text,
    audio_sha256   text,
    audio          jsonb,
    cover_key      text,
    created_by     uuid REFERENCES users ON DELETE SET NULL,
    version        bigint NOT NULL,
    created_at     timestamptz NOT NULL,
    updated_at     timestamptz NOT NULL,
    CHECK ((audio_key IS NULL) = (audio IS NULL) AND (audio_sha256 IS NULL) = (audio IS NULL))
);
CREATE INDEX tracks_of_artist ON tracks (artist_id, created_at, id);
CREATE INDEX tracks_of_album ON tracks (album_id, disc_number, track_number, id) WHERE album_id IS NOT NULL;
CREATE UNIQUE INDEX tracks_by_audio ON tracks (audio_sha256) WHERE audio_sha256 IS NOT NULL;
CREATE INDEX tracks_created_by ON tracks (created_by);

-- Events, written in the transaction of the rows they describe. The relay publishes them to Kafka in the order of id.
-- cache 1: an id is drawn after the aggregate's row is locked, so id order is version order for each aggregate.
-- tx is a label for consistency tokens only; nothing waits for it.
CREATE TABLE outbox (
    id             bigint GENERATED ALWAYS AS IDENTITY (CACHE 1) PRIMARY KEY,
    tx             xid8 NOT NULL DEFAULT pg_current_xact_id(),
    topic          text NOT NULL,
    key            text NOT NULL,
    sequence       bigint,
    payload        bytea NOT NULL,
    headers        jsonb NOT NULL,
    published_at   timestamptz,
    kafka_partition integer,
    kafka_offset   bigint
);
CREATE INDEX outbox_unpublished ON outbox (id) WHERE published_at IS NULL;
CREATE INDEX outbox_published ON outbox (published_at) WHERE published_at IS NOT NULL;
CREATE INDEX outbox_by_tx ON outbox (tx);

-- Rows that Kafka refused for good, with the reason. If there are any, an operator must look at them.
CREATE TABLE outbox_refused (
    id         bigint PRIMARY KEY,
    topic      text NOT NULL,
    key        text NOT NULL,
    sequence   bigint,
    payload    bytea NOT NULL,
    headers    jsonb NOT NULL,
    reason     text NOT NULL,
    refused_at timestamptz NOT NULL
);

-- One row: whether the last relay stepped down. If it did not, the next one waits until its messages have timed out.
CREATE TABLE relay_leader (
    only_one  boolean PRIMARY KEY DEFAULT true CHECK (only_one),
    instance  text NOT NULL,
    left_at   timestamptz
);
