-- Artists and playlists are reported as albums and tracks are; only works are taken down.
ALTER TABLE reports DROP CONSTRAINT reports_kind_check;
ALTER TABLE reports ADD CONSTRAINT reports_kind_check CHECK (kind IN ('album', 'track', 'artist', 'playlist'));
