-- Playlists. tracks_count and duration_ms are those of the items, kept by every change of them.
-- No cascade from users: each deletion of a playlist has its event, so an account goes after its playlists.
CREATE TABLE playlists (
    id           uuid PRIMARY KEY,
    owner_id     uuid NOT NULL REFERENCES users,
    title        text NOT NULL,
    description  text,
    visibility   text NOT NULL CHECK (visibility IN ('private', 'public')),
    tracks_count bigint NOT NULL CHECK (tracks_count BETWEEN 0 AND 10000),
    duration_ms  bigint NOT NULL,
    version      bigint NOT NULL,
    created_at   timestamptz NOT NULL,
    updated_at   timestamptz NOT NULL
);
-- Newest first: ids are UUIDv7, so their order is that of time.
CREATE INDEX playlists_of_owner ON playlists (owner_id, id);
CREATE INDEX playlists_public ON playlists (id) WHERE visibility = 'public';

-- A track at a place. rank leaves room between neighbours, so that an item is added or moved without touching others.
-- track_id is no foreign key: what is deleted in the catalogue leaves a gap, and title says what stood there.
-- added_by is null for the owner.
CREATE TABLE playlist_items (
    id          uuid PRIMARY KEY,
    playlist_id uuid NOT NULL REFERENCES playlists ON DELETE CASCADE,
    rank        bigint NOT NULL,
    track_id    uuid NOT NULL,
    title       text NOT NULL,
    duration_ms bigint,
    added_by    uuid REFERENCES users ON DELETE SET NULL,
    added_at    timestamptz NOT NULL
);
CREATE INDEX playlist_items_in_order ON playlist_items (playlist_id, rank, id);
CREATE INDEX playlist_items_added_by ON playlist_items (added_by) WHERE added_by IS NOT NULL;
