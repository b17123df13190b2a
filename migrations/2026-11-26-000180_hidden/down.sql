DROP INDEX albums_deleted;
DROP INDEX artists_deleted;
