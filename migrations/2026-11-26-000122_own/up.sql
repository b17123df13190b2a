-- What people like. id is no foreign key: what is deleted in the catalogue is left out when it is read.
CREATE TABLE favourites (
    user_id  uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    kind     text NOT NULL CHECK (kind IN ('track', 'album', 'artist', 'playlist')),
    id       uuid NOT NULL,
    added_at timestamptz NOT NULL,
    PRIMARY KEY (user_id, kind, id)
);
CREATE INDEX favourites_newest ON favourites (user_id, added_at DESC, id DESC);

CREATE TABLE following (
    user_id     uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    artist_id   uuid NOT NULL REFERENCES artists ON DELETE CASCADE,
    followed_at timestamptz NOT NULL,
    PRIMARY KEY (user_id, artist_id)
);
CREATE INDEX following_newest ON following (user_id, followed_at DESC, artist_id DESC);
CREATE INDEX following_artist ON following (artist_id);

CREATE TABLE play_queues (
    user_id     uuid PRIMARY KEY REFERENCES users ON DELETE CASCADE,
    track_ids   uuid[] NOT NULL,
    -- Which of the tracks is played, from 0.
    place       bigint NOT NULL,
    position_ms bigint NOT NULL,
    repeat      text NOT NULL CHECK (repeat IN ('off', 'one', 'all')),
    shuffle     boolean NOT NULL,
    updated_at  timestamptz NOT NULL,
    version     bigint NOT NULL
);

CREATE TABLE preferences (
    user_id           uuid PRIMARY KEY REFERENCES users ON DELETE CASCADE,
    similar_users     boolean NOT NULL,
    hidden_track_ids  uuid[] NOT NULL,
    hidden_artist_ids uuid[] NOT NULL,
    version           bigint NOT NULL
);
-- Until then no listen and no search of this person is recorded.
ALTER TABLE users ADD COLUMN private_until timestamptz;

-- Listens that a person hides from one's own history, by the client's id.
CREATE TABLE hidden_listens (
    user_id  uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    event_id uuid NOT NULL,
    PRIMARY KEY (user_id, event_id)
);
