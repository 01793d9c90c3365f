-- The library of one desk. Everything but `documents` and `tags` follows from the files that were handed in.
CREATE TABLE documents (
  key INTEGER PRIMARY KEY AUTOINCREMENT,
  document_id TEXT NOT NULL UNIQUE,
  source TEXT NOT NULL UNIQUE,       -- the name of the file: a new version replaces the old under it
  sha256 TEXT NOT NULL,
  fingerprint TEXT NOT NULL,         -- by what it was read and embedded
  format TEXT NOT NULL,
  title TEXT NOT NULL,
  size_bytes INTEGER NOT NULL,
  pages INTEGER,
  pictures TEXT NOT NULL,            -- JSON [[page, caption, width, height]]
  faults TEXT NOT NULL,              -- JSON [[part, code, message]]
  version INTEGER NOT NULL,
  chunk_count INTEGER NOT NULL,
  token_count INTEGER NOT NULL,
  vector_count INTEGER NOT NULL,
  model TEXT,
  job_id TEXT,
  created_at REAL NOT NULL,
  updated_at REAL NOT NULL
) STRICT;
CREATE INDEX documents_by_content ON documents (sha256);
CREATE INDEX documents_by_time ON documents (updated_at, key);

CREATE TABLE tags (
  document INTEGER NOT NULL REFERENCES documents (key) ON DELETE CASCADE,
  tag TEXT NOT NULL,
  PRIMARY KEY (document, tag)
) STRICT, WITHOUT ROWID;
CREATE INDEX tags_by_tag ON tags (tag);

-- AUTOINCREMENT: an id is never used twice, so a cache of vectors only has to look above the last it knows.
CREATE TABLE chunks (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  document INTEGER NOT NULL REFERENCES documents (key) ON DELETE CASCADE,
  number INTEGER NOT NULL,
  title TEXT NOT NULL,
  heading TEXT NOT NULL,             -- all headings within the chunk, for BM25
  text TEXT NOT NULL,
  start INTEGER NOT NULL,            -- characters of the document's text
  "end" INTEGER NOT NULL,
  tokens INTEGER NOT NULL,
  marks TEXT NOT NULL,               -- JSON [[offset, page, [heading, …]]]
  UNIQUE (document, number)
) STRICT;

CREATE VIRTUAL TABLE passages USING fts5(
  title, heading, text,
  content = 'chunks', content_rowid = 'id',
  tokenize = 'porter unicode61 remove_diacritics 2'
);
CREATE TRIGGER passages_in AFTER INSERT ON chunks BEGIN
  INSERT INTO passages (rowid, title, heading, text) VALUES (new.id, new.title, new.heading, new.text);
END;
CREATE TRIGGER passages_out AFTER DELETE ON chunks BEGIN
  INSERT INTO passages (passages, rowid, title, heading, text)
  VALUES ('delete', old.id, old.title, old.heading, old.text);
END;
CREATE VIRTUAL TABLE words USING fts5vocab('passages', 'row');

CREATE TABLE vectors (
  chunk INTEGER PRIMARY KEY REFERENCES chunks (id) ON DELETE CASCADE,
  document INTEGER NOT NULL,
  model TEXT NOT NULL,
  vector BLOB NOT NULL               -- float32, little-endian, unit length
) STRICT;
CREATE INDEX vectors_by_model ON vectors (model, chunk, document);

CREATE TABLE entities (
  id INTEGER PRIMARY KEY,
  key TEXT NOT NULL UNIQUE,          -- the name, case-folded
  name TEXT NOT NULL,
  type TEXT NOT NULL
) STRICT;
CREATE TABLE mentions (
  entity INTEGER NOT NULL REFERENCES entities (id),
  chunk INTEGER NOT NULL REFERENCES chunks (id) ON DELETE CASCADE,
  document INTEGER NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (entity, chunk)
) STRICT, WITHOUT ROWID;
CREATE INDEX mentions_by_chunk ON mentions (chunk);
CREATE INDEX mentions_by_document ON mentions (document, entity);
CREATE TABLE relations (
  source INTEGER NOT NULL REFERENCES entities (id),
  target INTEGER NOT NULL REFERENCES entities (id),
  chunk INTEGER NOT NULL REFERENCES chunks (id) ON DELETE CASCADE,
  document INTEGER NOT NULL,
  count INTEGER NOT NULL,
  evidence TEXT NOT NULL,            -- the first sentence in which both stand
  PRIMARY KEY (source, target, document)
) STRICT, WITHOUT ROWID;
CREATE INDEX relations_by_target ON relations (target);
CREATE INDEX relations_by_document ON relations (document);
CREATE INDEX relations_by_chunk ON relations (chunk);

-- Counters: `writes` goes up with every change, `removals` when chunks went away.
CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO counters VALUES ('writes', 0), ('removals', 0);
