DROP INDEX tracks_by_mbid;
DROP INDEX tracks_by_isrc;
