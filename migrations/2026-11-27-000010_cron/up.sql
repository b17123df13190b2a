-- Kinds that run by themselves, by a cron expression of five fields, in UTC. Workers set them again when they start.
DELETE FROM schedules;
ALTER TABLE schedules
    DROP COLUMN every_seconds,
    DROP COLUMN offset_seconds,
    ADD COLUMN cron text NOT NULL;
