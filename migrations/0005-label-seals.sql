-- A history of labels that tells when it was changed behind the program's back: every act is sealed with a digest over its
-- events and the seal before it.

CREATE TABLE label_seals (
  project_id INTEGER NOT NULL REFERENCES projects (id),
  -- The last event that it covers; it begins behind the seal before it. The first one of a project whose history is
  -- older than seals covers all of that.
  revision INTEGER NOT NULL CHECK (revision > 0),
  -- SHA-256
  digest BLOB NOT NULL CHECK (length(digest) = 32),
  PRIMARY KEY (project_id, revision)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER label_seals_stay BEFORE UPDATE ON label_seals BEGIN
  SELECT RAISE(ABORT, 'seals of label events are never changed');
END;
CREATE TRIGGER label_seals_last BEFORE DELETE ON label_seals BEGIN
  SELECT RAISE(ABORT, 'seals of label events are never deleted');
END;
