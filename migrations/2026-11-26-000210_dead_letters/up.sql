-- The dead letters of the topic, as an operator looks for them. Written from the topic by the role jobs, with the position
-- beside them; what is purged here stays in the topic until its retention ends.
CREATE TABLE dead_letters (
    -- Made from projector, topic, partition and offset: an event that is refused again is the same letter.
    id            uuid PRIMARY KEY,
    projector     text NOT NULL,
    topic         text NOT NULL,
    kafka_partition integer NOT NULL,
    kafka_offset  bigint NOT NULL,
    -- Of the event; absent when its bytes do not say.
    event_type    text,
    reason        text NOT NULL,
    error         text NOT NULL,
    key           bytea,
    payload       bytea,
    failed_at     timestamptz NOT NULL,
    -- How often it was refused.
    times         integer NOT NULL DEFAULT 1,
    -- The latest letter of it in the dead-letter topic.
    letter_offset bigint NOT NULL,
    -- Handed back and not refused since.
    replayed_at   timestamptz
);
CREATE INDEX dead_letters_by_time ON dead_letters (failed_at DESC, id DESC);
-- What can be handed back, in the order in which it is.
CREATE INDEX dead_letters_open ON dead_letters (kafka_offset, id) WHERE replayed_at IS NULL AND payload IS NOT NULL;

CREATE TABLE dead_letter_positions (
    kafka_partition integer PRIMARY KEY,
    next            bigint NOT NULL
);
