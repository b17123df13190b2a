-- Lists with one filter, newest first (store/src/pages.rs): found and ordered by an index alone.
CREATE INDEX artists_by_country ON artists (country, created_at DESC, id DESC) WHERE country IS NOT NULL;
CREATE INDEX albums_by_type ON albums (album_type, created_at DESC, id DESC);
CREATE INDEX albums_by_year ON albums ((extract(year FROM release_date)::integer), created_at DESC, id DESC)
    WHERE release_date IS NOT NULL;
