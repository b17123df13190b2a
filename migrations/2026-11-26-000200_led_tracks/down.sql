CREATE INDEX tracks_of_artist ON tracks (artist_id, created_at, id);
DROP INDEX tracks_led;
