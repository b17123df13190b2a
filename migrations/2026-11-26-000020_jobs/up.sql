-- Background work. A worker claims a job for a time, its lease; whatever it writes names the fence of that claim, so that a
-- worker that lost its lease changes nothing. Times are Postgres's own, because leases are compared between machines.
CREATE TABLE jobs (
    id           uuid PRIMARY KEY,
    kind         text NOT NULL,
    -- What it is about, where only one unfinished job may be.
    key          text,
    arguments    jsonb NOT NULL,
    -- NULL: the service itself.
    created_by   uuid REFERENCES users ON DELETE SET NULL,
    cancellable  boolean NOT NULL,
    status       text NOT NULL DEFAULT 'queued' CHECK (status IN ('queued', 'running', 'done', 'failed', 'cancelled')),
    -- When a worker may take it; for a running job the end of its lease.
    run_at       timestamptz NOT NULL DEFAULT now(),
    worker       text,
    fence        bigint NOT NULL DEFAULT 0,
    -- Claims since it last made progress.
    tries        integer NOT NULL DEFAULT 0,
    cancel       boolean NOT NULL DEFAULT false,
    -- Where its kind goes on, in a form that only the kind knows.
    cursor       jsonb,
    done         bigint NOT NULL DEFAULT 0,
    total        bigint,
    -- For the rate: when it was claimed last, and what was done by then.
    claimed_at   timestamptz,
    claimed_done bigint NOT NULL DEFAULT 0,
    result       jsonb,
    -- Why it was refused, for whoever created it.
    refusal      text,
    -- What went wrong last, for the operator.
    last_error   text,
    created_at   timestamptz NOT NULL DEFAULT now(),
    finished_at  timestamptz,
    CHECK ((finished_at IS NULL) = (status IN ('queued', 'running')))
);
CREATE INDEX jobs_due ON jobs (run_at) WHERE finished_at IS NULL;
CREATE UNIQUE INDEX jobs_one_per_key ON jobs (kind, key) WHERE finished_at IS NULL AND key IS NOT NULL;
CREATE INDEX jobs_created_by ON jobs (created_by) WHERE created_by IS NOT NULL;
CREATE INDEX jobs_finished ON jobs (finished_at) WHERE finished_at IS NOT NULL;

-- Kinds that run by themselves: every so many seconds, shifted by offset_seconds against midnight UTC.
CREATE TABLE schedules (
    kind           text PRIMARY KEY,
    every_seconds  bigint NOT NULL CHECK (every_seconds > 0),
    offset_seconds bigint NOT NULL,
    next_at        timestamptz NOT NULL
);

-- Whether an object of the bucket is in use.
CREATE INDEX tracks_by_audio_key ON tracks (audio_key) WHERE audio_key IS NOT NULL;
CREATE INDEX tracks_by_cover ON tracks (cover_key) WHERE cover_key IS NOT NULL;
CREATE INDEX albums_by_cover ON albums (cover_key) WHERE cover_key IS NOT NULL;
