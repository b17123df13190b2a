-- What is deleted while a job still removes what hangs on it: totals leave it out (store/src/pages.rs).
CREATE INDEX artists_deleted ON artists (id) WHERE deleted_at IS NOT NULL;
CREATE INDEX albums_deleted ON albums (id) WHERE deleted_at IS NOT NULL;
