-- Admins list accounts, newest first, and look them up by what a name or an address begins with.
CREATE INDEX users_newest ON users (created_at DESC, id DESC);
CREATE INDEX users_by_username ON users (username text_pattern_ops);
CREATE INDEX users_by_email ON users (email text_pattern_ops);
CREATE INDEX users_by_display_name ON users (lower(display_name) text_pattern_ops);
