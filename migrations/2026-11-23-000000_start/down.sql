DROP TABLE relay_leader, outbox_refused, outbox, tracks, albums, artists, login_failures, refresh_tokens, sessions, users;
