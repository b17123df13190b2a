-- What of the bucket a track, an album or an artist may use. A row is there before its object is stored, and it is deleted
-- before its object is: so an object without a row can never come into use. Whoever uses one holds its row, whoever deletes
-- one locks it and then looks again whether it is in use.
CREATE TABLE objects (
    key          text PRIMARY KEY,
    kind         text NOT NULL CHECK (kind IN ('audio', 'cover')),
    owner_id     uuid REFERENCES users ON DELETE SET NULL,
    size_bytes   bigint NOT NULL,
    sha256       text NOT NULL,
    content_type text NOT NULL,
    etag         text,
    -- What the sound is, and its length.
    audio        jsonb,
    duration_ms  bigint,
    created_at   timestamptz NOT NULL,
    -- NULL: it is on its way into the bucket.
    stored_at    timestamptz,
    -- For the sweep: when it was created, or last let go.
    unused_since timestamptz NOT NULL
);
CREATE INDEX objects_of_owner ON objects (owner_id, created_at DESC, key DESC) WHERE kind = 'audio';
CREATE INDEX objects_never_stored ON objects (created_at) WHERE stored_at IS NULL;

ALTER TABLE artists ADD COLUMN cover_key text;
CREATE INDEX artists_by_cover ON artists (cover_key) WHERE cover_key IS NOT NULL;

-- Objects from before. Sizes of covers are not known.
INSERT INTO objects (key, kind, owner_id, size_bytes, sha256, content_type, audio, duration_ms, created_at, stored_at,
                     unused_since)
SELECT audio_key, 'audio', created_by, (audio ->> 'size_bytes')::bigint, audio_sha256,
       CASE audio ->> 'format' WHEN 'mp3' THEN 'audio/mpeg' WHEN 'flac' THEN 'audio/flac' WHEN 'm4a' THEN 'audio/mp4'
            WHEN 'aac' THEN 'audio/aac' WHEN 'wav' THEN 'audio/wav' ELSE 'audio/ogg' END,
       audio, duration_ms, created_at, created_at, created_at
FROM tracks WHERE audio_key IS NOT NULL;
INSERT INTO objects (key, kind, owner_id, size_bytes, sha256, content_type, created_at, stored_at, unused_since)
SELECT DISTINCT ON (cover_key) cover_key, 'cover', created_by, 0, '', 'image/jpeg', created_at, created_at, created_at
FROM (SELECT cover_key, created_by, created_at FROM tracks UNION ALL SELECT cover_key, created_by, created_at FROM albums)
     AS covers
WHERE cover_key IS NOT NULL ORDER BY cover_key, created_at;
