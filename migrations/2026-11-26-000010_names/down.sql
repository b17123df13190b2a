DROP INDEX artists_without_key;
DROP INDEX albums_without_key;
DROP INDEX albums_by_mbid;
DROP INDEX artists_by_mbid;
