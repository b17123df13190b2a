-- An imported playlist finds tracks by their ids elsewhere.
CREATE INDEX tracks_by_mbid ON tracks ((external_ids ->> 'mbid')) WHERE external_ids ->> 'mbid' IS NOT NULL;
CREATE INDEX tracks_by_isrc ON tracks ((external_ids ->> 'isrc')) WHERE external_ids ->> 'isrc' IS NOT NULL;
