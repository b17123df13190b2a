-- Uploads find artists and albums by their ids at MusicBrainz before their names.
CREATE INDEX artists_by_mbid ON artists ((external_ids ->> 'mbid')) WHERE external_ids ->> 'mbid' IS NOT NULL;
CREATE INDEX albums_by_mbid ON albums ((external_ids ->> 'mbid')) WHERE external_ids ->> 'mbid' IS NOT NULL;

-- Names fold further than before. An empty key is one that the migration's second part, in Rust, makes anew.
UPDATE artists SET name_key = '' WHERE name_key ~ '[^ -_a-~]';
UPDATE albums SET title_key = '' WHERE title_key ~ '[^ -_a-~]';
CREATE INDEX albums_without_key ON albums (id) WHERE title_key = '';
CREATE INDEX artists_without_key ON artists (id) WHERE name_key = '';
