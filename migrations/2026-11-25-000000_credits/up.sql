-- Who has a part in a work, in order. artist_id of albums and tracks stays: it is the first main artist.
CREATE TABLE album_credits (
    album_id    uuid NOT NULL REFERENCES albums ON DELETE CASCADE,
    position    smallint NOT NULL,
    artist_id   uuid NOT NULL REFERENCES artists,
    role        text NOT NULL CHECK (role IN ('main', 'featured', 'remixer', 'composer', 'conductor', 'producer')),
    credited_as text,
    join_phrase text,
    PRIMARY KEY (album_id, position)
);
-- The works of an artist, newest first: ids are UUIDv7, so their order is that of time, and the index alone answers.
CREATE UNIQUE INDEX albums_performed ON album_credits (artist_id, album_id) WHERE role IN ('main', 'featured');
CREATE INDEX albums_credited ON album_credits (artist_id, album_id);

CREATE TABLE track_credits (
    track_id    uuid NOT NULL REFERENCES tracks ON DELETE CASCADE,
    position    smallint NOT NULL,
    artist_id   uuid NOT NULL REFERENCES artists,
    role        text NOT NULL CHECK (role IN ('main', 'featured', 'remixer', 'composer', 'conductor', 'producer')),
    credited_as text,
    join_phrase text,
    PRIMARY KEY (track_id, position)
);
CREATE UNIQUE INDEX tracks_performed ON track_credits (artist_id, track_id) WHERE role IN ('main', 'featured');
CREATE INDEX tracks_credited ON track_credits (artist_id, track_id);

-- Works from before had one main artist.
INSERT INTO album_credits (album_id, position, artist_id, role) SELECT id, 0, artist_id, 'main' FROM albums;
INSERT INTO track_credits (track_id, position, artist_id, role) SELECT id, 0, artist_id, 'main' FROM tracks;
