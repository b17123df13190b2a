-- What an admin took down, by the id of the album or track: nobody but its owner and admins sees it. A track is down with
-- its album. A row stays when the work is deleted; ids are never used again.
CREATE TABLE takedowns (
    id            uuid PRIMARY KEY,
    kind          text NOT NULL CHECK (kind IN ('album', 'track')),
    reason        text NOT NULL,
    taken_down_at timestamptz NOT NULL,
    taken_down_by uuid REFERENCES users ON DELETE SET NULL
);
CREATE INDEX takedowns_by_admin ON takedowns (taken_down_by);

CREATE TABLE reports (
    id          uuid PRIMARY KEY,
    kind        text NOT NULL CHECK (kind IN ('album', 'track')),
    work_id     uuid NOT NULL,
    reason      text NOT NULL,
    reported_by uuid REFERENCES users ON DELETE SET NULL,
    created_at  timestamptz NOT NULL,
    resolved_at timestamptz,
    action      text CHECK (action IN ('dismiss', 'takedown')),
    answer      text,
    resolved_by uuid REFERENCES users ON DELETE SET NULL,
    CHECK ((resolved_at IS NULL) = (action IS NULL) AND (action IS NULL) = (answer IS NULL))
);
CREATE INDEX reports_open ON reports (id) WHERE resolved_at IS NULL;
CREATE INDEX reports_of_work ON reports (work_id) WHERE resolved_at IS NULL;
-- A person reports a work once, until somebody has looked.
CREATE UNIQUE INDEX reports_once ON reports (reported_by, work_id) WHERE resolved_at IS NULL;
CREATE INDEX reports_of_person ON reports (reported_by);
CREATE INDEX reports_by_admin ON reports (resolved_by);
