-- What running in a window needs: runs that are sorted by hand and wait in an order, what a run told while it was at
-- work, settings, and what packs say of the photos of a project.

ALTER TABLE runs ADD COLUMN pinned INTEGER NOT NULL DEFAULT 0 CHECK (pinned IN (0, 1));
ALTER TABLE runs ADD COLUMN tags TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(tags));
-- Lower ones run first; null goes after all others, in the order of creation. It says nothing unless the run is queued.
ALTER TABLE runs ADD COLUMN queue_place INTEGER;
-- Time at work, without the pauses between its attempts.
ALTER TABLE runs ADD COLUMN worked_ms INTEGER NOT NULL DEFAULT 0 CHECK (worked_ms >= 0);
ALTER TABLE runs ADD COLUMN working_since INTEGER;
-- Counted here once: a table of hundreds of runs cannot count their samples each time it is shown.
ALTER TABLE runs ADD COLUMN train_photos INTEGER NOT NULL DEFAULT 0;
ALTER TABLE runs ADD COLUMN validation_photos INTEGER NOT NULL DEFAULT 0;
ALTER TABLE runs ADD COLUMN test_photos INTEGER NOT NULL DEFAULT 0;
UPDATE runs SET
  worked_ms = max(0, ifnull(ended_at - started_at, 0)),
  train_photos = (SELECT count(*) FROM run_samples WHERE run_id = runs.id AND subset = 'train'),
  validation_photos = (SELECT count(*) FROM run_samples WHERE run_id = runs.id AND subset = 'validation'),
  test_photos = (SELECT count(*) FROM run_samples WHERE run_id = runs.id AND subset = 'test');

CREATE INDEX runs_in_queue ON runs (queue_place IS NULL, queue_place, id) WHERE state = 'queued';
CREATE INDEX runs_by_backbone ON runs (backbone, state, ended_at, id);

CREATE TABLE run_log (
  run_id INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  -- 1, 2, 3... in the run.
  id INTEGER NOT NULL CHECK (id > 0),
  at INTEGER NOT NULL,
  line TEXT NOT NULL,
  PRIMARY KEY (run_id, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE settings (
  key TEXT PRIMARY KEY CHECK (key <> ''),
  value TEXT NOT NULL CHECK (json_valid(value))
) STRICT, WITHOUT ROWID;

CREATE TABLE pack_predictions (
  project_id INTEGER NOT NULL REFERENCES projects (id),
  pack_id INTEGER NOT NULL REFERENCES packs (id) ON DELETE CASCADE,
  photo_id INTEGER NOT NULL REFERENCES photos (id),
  -- The most probable class, as a place in the pack's class names.
  class_index INTEGER NOT NULL CHECK (class_index >= 0),
  confidence REAL NOT NULL CHECK (confidence BETWEEN 0 AND 1),
  -- One little-endian float32 a class.
  probabilities BLOB NOT NULL CHECK (length(probabilities) > 0 AND length(probabilities) % 4 = 0),
  -- Of the photo as the pack saw it.
  content_hash TEXT NOT NULL CHECK (length(content_hash) = 64),
  at INTEGER NOT NULL,
  PRIMARY KEY (project_id, pack_id, photo_id)
) STRICT, WITHOUT ROWID;

-- The pack comes first so that this also serves taking a pack away with what it said.
CREATE INDEX pack_predictions_by_confidence ON pack_predictions (pack_id, project_id, confidence);

-- When a pack was last applied to a project, and to how many photos.
CREATE TABLE pack_applications (
  project_id INTEGER NOT NULL REFERENCES projects (id),
  pack_id INTEGER NOT NULL REFERENCES packs (id) ON DELETE CASCADE,
  at INTEGER NOT NULL,
  photos INTEGER NOT NULL CHECK (photos >= 0),
  PRIMARY KEY (project_id, pack_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX pack_applications_by_pack ON pack_applications (pack_id);

-- Packs stay when their runs go. Two that are equal to the byte, because one run repeated the other, are then both
-- without a run, which the old index forbade.
DROP INDEX packs_once;
CREATE UNIQUE INDEX packs_once ON packs (sha256, run_id) WHERE run_id IS NOT NULL;
CREATE INDEX packs_by_content ON packs (sha256);
