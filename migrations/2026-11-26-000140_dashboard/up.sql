-- The dashboard counts accounts by the time of their opening.
CREATE INDEX users_by_time ON users (created_at);
