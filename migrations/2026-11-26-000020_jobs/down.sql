DROP INDEX albums_by_cover;
DROP INDEX tracks_by_cover;
DROP INDEX tracks_by_audio_key;
DROP TABLE schedules;
DROP TABLE jobs;
