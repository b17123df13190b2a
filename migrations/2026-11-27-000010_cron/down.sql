DELETE FROM schedules;
ALTER TABLE schedules
    DROP COLUMN cron,
    ADD COLUMN every_seconds bigint NOT NULL CHECK (every_seconds > 0),
    ADD COLUMN offset_seconds bigint NOT NULL;
