DROP INDEX artists_by_time, tracks_by_time, albums_by_release, tracks_by_duration;
