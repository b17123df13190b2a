DROP TABLE track_credits;
DROP TABLE album_credits;
