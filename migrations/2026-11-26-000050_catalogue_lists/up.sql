-- The orders of lists without words (store/src/pages.rs). What a list is ordered by is in the index, or beside it, so that
-- a page in the middle is found without a look at the rows.
CREATE INDEX artists_by_time ON artists (created_at DESC, id DESC);
CREATE INDEX tracks_by_time ON tracks (created_at DESC, id DESC);
CREATE INDEX albums_by_release ON albums
    (coalesce(release_date - DATE '1970-01-01', -2147483648) DESC, id DESC) INCLUDE (release_date);
CREATE INDEX tracks_by_duration ON tracks (coalesce(duration_ms, 9223372036854775807), id) INCLUDE (duration_ms);
