-- How loud a sound is in each of 800 parts of its length, a byte each. Without peaks it cannot be decoded, which is not tried
-- again.
CREATE TABLE waveforms (
    key     text PRIMARY KEY REFERENCES objects ON DELETE CASCADE,
    peaks   bytea CHECK (length(peaks) = 800),
    refused text,
    CHECK ((peaks IS NULL) = (refused IS NOT NULL))
);
