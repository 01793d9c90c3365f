-- Accounts: who there is, who is signed in, and who did what. Secrets are here as hashes only.

CREATE TABLE users (
    id            TEXT PRIMARY KEY,
    name          TEXT NOT NULL,
    name_key      TEXT NOT NULL UNIQUE,  -- NFKC, case folded: one person cannot pass for another by a capital
    role          TEXT NOT NULL CHECK (role IN ('admin', 'therapist', 'patient', 'member')),
    password_hash TEXT NOT NULL,
    is_disabled   INTEGER NOT NULL DEFAULT 0 CHECK (is_disabled IN (0, 1)),
    created_at    REAL NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE assignments (
    therapist_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    patient_id   TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at   REAL NOT NULL,
    PRIMARY KEY (therapist_id, patient_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX assignments_patient ON assignments (patient_id);

-- One login is one family of refresh tokens. Access tokens and streams name it, and end with it.
CREATE TABLE logins (
    id         TEXT PRIMARY KEY,
    user_id    TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at REAL NOT NULL,
    expires_at REAL NOT NULL,
    ended_at   REAL
) STRICT, WITHOUT ROWID;
CREATE INDEX logins_user ON logins (user_id);
CREATE INDEX logins_expiry ON logins (expires_at);

-- A spent token stays until its login is over: seeing it again means that somebody has stolen it.
CREATE TABLE refresh_tokens (
    hash       TEXT PRIMARY KEY,
    login_id   TEXT NOT NULL REFERENCES logins (id) ON DELETE CASCADE,
    expires_at REAL NOT NULL,
    spent_at   REAL
) STRICT, WITHOUT ROWID;
CREATE INDEX refresh_tokens_login ON refresh_tokens (login_id);

CREATE TABLE api_tokens (
    id         TEXT PRIMARY KEY,
    user_id    TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name       TEXT NOT NULL,
    hash       TEXT NOT NULL UNIQUE,
    prefix     TEXT NOT NULL,
    created_at REAL NOT NULL,
    expires_at REAL
) STRICT, WITHOUT ROWID;
CREATE INDEX api_tokens_user ON api_tokens (user_id);

-- Who did what, when, from where. It names people by id and by the name they had, so it outlives their accounts.
CREATE TABLE audit (
    number     INTEGER PRIMARY KEY AUTOINCREMENT,
    at         REAL NOT NULL,
    actor_id   TEXT,
    actor_name TEXT,
    action     TEXT NOT NULL,
    about      TEXT,
    address    TEXT,
    details    TEXT NOT NULL DEFAULT '{}'
) STRICT;
CREATE INDEX audit_time ON audit (at);
CREATE INDEX audit_actor ON audit (actor_id, number) WHERE actor_id IS NOT NULL;
CREATE INDEX audit_action ON audit (action, number);

-- Goes up with every change of what is above (but the audit): streams look at it to know whether to look closer.
INSERT INTO meta (key, value) VALUES ('accounts_version', '0');
