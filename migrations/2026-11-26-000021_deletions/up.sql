-- Deleted, while a job still removes what hangs on it. From then on nobody sees it, nor the works that it leads.
ALTER TABLE artists ADD COLUMN deleted_at timestamptz;
ALTER TABLE albums ADD COLUMN deleted_at timestamptz;
