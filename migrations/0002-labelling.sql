-- What labelling in a window needs: marks on photos, classes that go without taking history along, and edits that can
-- be undone after a restart.

ALTER TABLE projects ADD COLUMN opened_at INTEGER;

-- A merged or removed class is retired, because label events refer to it. Names, places and keys are unique among the
-- others only, which a column constraint cannot say: the table is rebuilt.
CREATE TABLE new_classes (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  project_id INTEGER NOT NULL REFERENCES projects (id),
  name TEXT NOT NULL CHECK (name <> ''),
  position INTEGER NOT NULL CHECK (position >= 0),
  color TEXT NOT NULL CHECK (color GLOB '#[0-9a-fA-F][0-9a-fA-F][0-9a-fA-F][0-9a-fA-F][0-9a-fA-F][0-9a-fA-F]'),
  key TEXT CHECK (length(key) = 1),
  retired_at INTEGER,
  -- What (project_id, class_id) refers to elsewhere, so that a label is always a class of its own project.
  UNIQUE (project_id, id)
) STRICT;
INSERT INTO new_classes (id, project_id, name, position, color, key)
  SELECT id, project_id, name, position, color, key FROM classes;
DROP TABLE classes;
ALTER TABLE new_classes RENAME TO classes;
CREATE UNIQUE INDEX classes_by_name ON classes (project_id, name) WHERE retired_at IS NULL;
CREATE UNIQUE INDEX classes_by_position ON classes (project_id, position) WHERE retired_at IS NULL;
CREATE UNIQUE INDEX classes_by_key ON classes (project_id, key) WHERE retired_at IS NULL;

ALTER TABLE photos ADD COLUMN flagged INTEGER NOT NULL DEFAULT 0 CHECK (flagged IN (0, 1));
-- Keeps its label, and takes no part in splits and runs.
ALTER TABLE photos ADD COLUMN excluded INTEGER NOT NULL DEFAULT 0 CHECK (excluded IN (0, 1));
-- The last part of the path.
ALTER TABLE photos ADD COLUMN name TEXT NOT NULL DEFAULT '';
UPDATE photos SET name = substr(path, length(rtrim(path, replace(replace(path, '/', ''), '\', ''))) + 1);

-- Everything a view asks for, in the order in which it shows it: a filter reads this index and no row.
CREATE INDEX photos_to_browse ON photos (project_id, path, name, class_id, state, flagged, excluded);
CREATE INDEX photos_flagged ON photos (project_id, path) WHERE flagged = 1;
CREATE INDEX photos_excluded ON photos (project_id, path) WHERE excluded = 1;

-- What a person did and can undo. Changes of labels are not repeated here: `changes` names the label events.
CREATE TABLE edits (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  project_id INTEGER NOT NULL REFERENCES projects (id),
  at INTEGER NOT NULL,
  actor TEXT NOT NULL CHECK (actor <> ''),
  title TEXT NOT NULL CHECK (title <> ''),
  changes TEXT NOT NULL CHECK (json_valid(changes)),
  state TEXT NOT NULL CHECK (state IN ('done', 'undone'))
) STRICT;

CREATE INDEX edits_by_project ON edits (project_id, state, id);
