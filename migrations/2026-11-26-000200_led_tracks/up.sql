-- A fan-out walks the tracks that an artist leads in the order of their ids; lists are read from track_credits.
CREATE INDEX tracks_led ON tracks (artist_id, id);
DROP INDEX tracks_of_artist;
