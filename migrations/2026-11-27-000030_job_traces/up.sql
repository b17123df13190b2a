-- The trace of the command that enqueued it (W3C traceparent); null where there is none.
ALTER TABLE jobs ADD COLUMN traceparent text;
