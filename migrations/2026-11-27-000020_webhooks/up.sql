-- Addresses that people want events sent to.
CREATE TABLE webhooks (
    id             uuid PRIMARY KEY,
    -- Whose; NULL: the platform's, which every admin sees.
    user_id        uuid REFERENCES users ON DELETE CASCADE,
    created_by     uuid REFERENCES users ON DELETE SET NULL,
    url            text NOT NULL,
    description    text,
    types          text[] NOT NULL,
    -- The secret is made of this, the id and the service's own secret.
    nonce          bytea NOT NULL,
    -- Of secrets that were replaced, and until when each is good.
    old_nonces     bytea[] NOT NULL,
    old_until      timestamptz[] NOT NULL,
    is_paused      boolean NOT NULL,
    -- Why the service paused it.
    paused_because text,
    -- How many times in a row its address was away, and until when it is left alone.
    times_away     integer NOT NULL DEFAULT 0,
    rests_until    timestamptz,
    succeeded_at   timestamptz,
    version        bigint NOT NULL,
    created_at     timestamptz NOT NULL,
    updated_at     timestamptz NOT NULL
);
CREATE INDEX webhooks_of_user ON webhooks (user_id);
CREATE INDEX webhooks_created_by ON webhooks (created_by);

-- An event on its way to a webhook, once, however often it is read.
CREATE TABLE webhook_deliveries (
    id             uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    webhook_id     uuid NOT NULL REFERENCES webhooks ON DELETE CASCADE,
    event_id       uuid NOT NULL,
    event_type     text NOT NULL,
    -- What is sent, byte by byte: the signature is of it.
    body           bytea NOT NULL,
    status         text NOT NULL DEFAULT 'waiting' CHECK (status IN ('waiting', 'delivered', 'failed')),
    tries          integer NOT NULL DEFAULT 0,
    next_at        timestamptz DEFAULT now(),
    first_tried_at timestamptz,
    tried_at       timestamptz,
    -- The last answer: its status, and the beginning of its text or why there is none.
    answer_status  integer,
    answer         text,
    created_at     timestamptz NOT NULL DEFAULT now(),
    UNIQUE (webhook_id, event_id),
    CHECK ((next_at IS NOT NULL) = (status = 'waiting'))
);
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (webhook_id, next_at) WHERE status = 'waiting';
CREATE INDEX webhook_deliveries_listed ON webhook_deliveries (webhook_id, created_at DESC, id DESC);
CREATE INDEX webhook_deliveries_by_age ON webhook_deliveries (created_at);

-- How far the topics are read.
CREATE TABLE webhook_positions (
    topic           text NOT NULL,
    kafka_partition integer NOT NULL,
    next            bigint NOT NULL,
    PRIMARY KEY (topic, kafka_partition)
);

-- Whose a thing was that is deleted: when its event is read, its row is gone. Only of people who have a webhook.
CREATE TABLE webhook_deletions (
    id         uuid NOT NULL,
    user_id    uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    deleted_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (id, user_id)
);
CREATE INDEX webhook_deletions_of_user ON webhook_deletions (user_id);
CREATE INDEX webhook_deletions_by_age ON webhook_deletions (deleted_at);

-- A trigger, because rows go in many ways: by a command, with their artist, by a job.
CREATE FUNCTION note_webhook_deletion() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    gone jsonb;
BEGIN
    IF EXISTS (SELECT FROM webhooks WHERE user_id IS NOT NULL) THEN
        gone := to_jsonb(OLD);
        INSERT INTO webhook_deletions (id, user_id)
            SELECT DISTINCT OLD.id, webhooks.user_id FROM webhooks
            WHERE webhooks.user_id IN ((gone->>'created_by')::uuid, (gone->>'user_id')::uuid, (gone->>'owner_id')::uuid)
            ON CONFLICT DO NOTHING;
    END IF;
    RETURN NULL;
EXCEPTION
    -- That person leaves at this moment, and the webhooks with them.
    WHEN foreign_key_violation THEN RETURN NULL;
END $$;
CREATE TRIGGER note_webhook_deletion AFTER DELETE ON artists FOR EACH ROW EXECUTE FUNCTION note_webhook_deletion();
CREATE TRIGGER note_webhook_deletion AFTER DELETE ON albums FOR EACH ROW EXECUTE FUNCTION note_webhook_deletion();
CREATE TRIGGER note_webhook_deletion AFTER DELETE ON tracks FOR EACH ROW EXECUTE FUNCTION note_webhook_deletion();
CREATE TRIGGER note_webhook_deletion AFTER DELETE ON playlists FOR EACH ROW EXECUTE FUNCTION note_webhook_deletion();

-- Somebody enqueued it again while it ran: it runs once more when it has ended.
ALTER TABLE jobs ADD COLUMN again boolean NOT NULL DEFAULT false;
