DROP TABLE api_keys;
ALTER TABLE sessions DROP COLUMN user_agent;
