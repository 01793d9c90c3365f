-- The first schema. Times are Unix seconds (REAL, UTC); JSON is TEXT. Immutable once landed.

CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE lanes (
    name         TEXT PRIMARY KEY,
    is_paused    INTEGER NOT NULL DEFAULT 0 CHECK (is_paused IN (0, 1)),
    pause_reason TEXT
) STRICT, WITHOUT ROWID;

CREATE TABLE batches (
    id           TEXT PRIMARY KEY,
    kind         TEXT NOT NULL,
    title        TEXT NOT NULL,
    args         TEXT NOT NULL DEFAULT '{}',
    owner        TEXT,
    created_at   REAL NOT NULL,
    finished_at  REAL,
    event_number INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE INDEX batches_newest ON batches (created_at DESC, id DESC);

CREATE TABLE jobs (
    id                  TEXT PRIMARY KEY,
    kind                TEXT NOT NULL,
    kind_version        INTEGER NOT NULL,
    title               TEXT NOT NULL,
    status              TEXT NOT NULL
        CHECK (status IN ('queued', 'running', 'held', 'completed', 'failed', 'cancelled')),
    lane                TEXT NOT NULL,
    rank                INTEGER,
    batch_id            TEXT REFERENCES batches (id) ON DELETE SET NULL,
    sequence            INTEGER,
    attempt             INTEGER NOT NULL DEFAULT 0 CHECK (attempt >= 0),
    crashes             INTEGER NOT NULL DEFAULT 0 CHECK (crashes >= 0),
    args                TEXT NOT NULL DEFAULT '{}',
    progress            TEXT,
    items_total         INTEGER NOT NULL DEFAULT 0,
    items_completed     INTEGER NOT NULL DEFAULT 0,
    items_failed        INTEGER NOT NULL DEFAULT 0,
    items_needs_review  INTEGER NOT NULL DEFAULT 0,
    preview             TEXT,
    confirmed           TEXT,
    output              TEXT,
    error               TEXT,
    is_cached           INTEGER NOT NULL DEFAULT 0 CHECK (is_cached IN (0, 1)),
    cache_key           TEXT,
    retry_of            TEXT,
    superseded_by       TEXT,
    owner               TEXT,
    input_bytes         INTEGER NOT NULL DEFAULT 0,
    cancel_requested_at REAL,
    created_at          REAL NOT NULL,
    started_at          REAL,
    finished_at         REAL,
    event_number        INTEGER NOT NULL DEFAULT 0,
    -- The invariants of the life of a job, said once more where nothing can get around them.
    CHECK ((status IN ('completed', 'failed', 'cancelled')) = (finished_at IS NOT NULL)),
    CHECK ((status = 'queued') = (rank IS NOT NULL)),
    CHECK (status <> 'running' OR (attempt > 0 AND started_at IS NOT NULL)),
    CHECK ((status = 'failed') = (error IS NOT NULL)),
    CHECK (status <> 'held' OR preview IS NOT NULL)
) STRICT, WITHOUT ROWID;
CREATE INDEX jobs_line ON jobs (lane, rank) WHERE status = 'queued';
CREATE INDEX jobs_running ON jobs (lane) WHERE status = 'running';
CREATE INDEX jobs_newest ON jobs (created_at DESC, id DESC);
CREATE INDEX jobs_status ON jobs (status, created_at DESC, id DESC);
CREATE INDEX jobs_batch ON jobs (batch_id, sequence) WHERE batch_id IS NOT NULL;
CREATE INDEX jobs_cache ON jobs (cache_key, finished_at) WHERE cache_key IS NOT NULL AND status = 'completed';
CREATE INDEX jobs_finished ON jobs (finished_at) WHERE finished_at IS NOT NULL;

CREATE TABLE inputs (
    job_id     TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    number     INTEGER NOT NULL,
    name       TEXT NOT NULL,
    media_type TEXT NOT NULL,
    size_bytes INTEGER NOT NULL,
    sha256     TEXT NOT NULL,
    PRIMARY KEY (job_id, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX inputs_content ON inputs (sha256);

CREATE TABLE artifacts (
    job_id     TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    name       TEXT NOT NULL,
    media_type TEXT NOT NULL,
    size_bytes INTEGER NOT NULL,
    sha256     TEXT NOT NULL,
    PRIMARY KEY (job_id, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE items (
    job_id      TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    key         TEXT NOT NULL,
    number      INTEGER NOT NULL,
    unit        TEXT NOT NULL,
    status      TEXT NOT NULL CHECK (status IN ('started', 'completed', 'failed', 'needs_review')),
    is_effect   INTEGER NOT NULL DEFAULT 0 CHECK (is_effect IN (0, 1)),
    output      TEXT,
    code        TEXT,
    message     TEXT,
    attempt     INTEGER NOT NULL,
    started_at  REAL,
    finished_at REAL,
    PRIMARY KEY (job_id, key),
    UNIQUE (job_id, number),
    CHECK ((status = 'started') = (finished_at IS NULL))
) STRICT, WITHOUT ROWID;

-- The event log. AUTOINCREMENT: a number is never given twice, also after the newest rows were trimmed.
CREATE TABLE events (
    number   INTEGER PRIMARY KEY AUTOINCREMENT,
    name     TEXT NOT NULL,
    job_id   TEXT,
    batch_id TEXT,
    data     TEXT NOT NULL
) STRICT;
CREATE INDEX events_job ON events (job_id, number) WHERE job_id IS NOT NULL;
CREATE INDEX events_batch ON events (batch_id, number) WHERE batch_id IS NOT NULL;
-- Each job has exactly one terminal event.
CREATE UNIQUE INDEX events_one_end ON events (job_id) WHERE name IN ('completed', 'failed', 'cancelled');

CREATE TABLE idempotency (
    owner       TEXT NOT NULL,
    key         TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    job_ids     TEXT NOT NULL,
    batch_id    TEXT,
    created_at  REAL NOT NULL,
    PRIMARY KEY (owner, key)
) STRICT, WITHOUT ROWID;

-- Kept after the jobs are gone: what estimates and statistics are made of.
CREATE TABLE runs (
    id             INTEGER PRIMARY KEY,
    kind           TEXT NOT NULL,
    status         TEXT NOT NULL,
    error_code     TEXT,
    input_bytes    INTEGER NOT NULL,
    waited_seconds REAL NOT NULL,
    ran_seconds    REAL NOT NULL,
    finished_at    REAL NOT NULL
) STRICT;
CREATE INDEX runs_kind ON runs (kind, status, id);
CREATE INDEX runs_day ON runs (finished_at);
