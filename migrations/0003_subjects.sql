-- Who may see what: a job may be about a person (a session about its patient), and each event says whose it is,
-- so that a stream of one person never reads the rows of another.
ALTER TABLE batches ADD COLUMN subject TEXT;
ALTER TABLE jobs ADD COLUMN subject TEXT;
ALTER TABLE events ADD COLUMN owner TEXT;
ALTER TABLE events ADD COLUMN subject TEXT;
CREATE INDEX jobs_owner ON jobs (owner, created_at DESC, id DESC) WHERE owner IS NOT NULL;
CREATE INDEX jobs_subject ON jobs (subject, created_at DESC, id DESC) WHERE subject IS NOT NULL;
