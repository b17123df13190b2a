DROP TABLE hidden_listens, preferences, play_queues, following, favourites;
ALTER TABLE users DROP COLUMN private_until;
