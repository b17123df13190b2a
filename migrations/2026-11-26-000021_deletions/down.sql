ALTER TABLE albums DROP COLUMN deleted_at;
ALTER TABLE artists DROP COLUMN deleted_at;
