ALTER TABLE artists DROP COLUMN cover_key;
DROP TABLE objects;
