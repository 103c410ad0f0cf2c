-- The first form of the store. Times are epoch milliseconds, hashes lower-case hex unless said otherwise, JSON columns
-- are checked against their schemas when read. A migration holds no transaction statement and no PRAGMA: the runner
-- puts it and its number into one transaction.

CREATE TABLE projects (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL UNIQUE CHECK (name <> ''),
  created_at INTEGER NOT NULL,
  -- The number of the last label event.
  label_revision INTEGER NOT NULL DEFAULT 0 CHECK (label_revision >= 0)
) STRICT;

CREATE TABLE project_folders (
  project_id INTEGER NOT NULL REFERENCES projects (id),
  path TEXT NOT NULL,
  imported_at INTEGER NOT NULL,
  PRIMARY KEY (project_id, path)
) STRICT, WITHOUT ROWID;

CREATE TABLE classes (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  project_id INTEGER NOT NULL REFERENCES projects (id),
  name TEXT NOT NULL CHECK (name <> ''),
  position INTEGER NOT NULL CHECK (position >= 0),
  color TEXT NOT NULL CHECK (color GLOB '#[0-9a-fA-F][0-9a-fA-F][0-9a-fA-F][0-9a-fA-F][0-9a-fA-F][0-9a-fA-F]'),
  key TEXT CHECK (length(key) = 1),
  UNIQUE (project_id, name),
  UNIQUE (project_id, position),
  UNIQUE (project_id, key),
  -- What (project_id, class_id) refers to elsewhere, so that a label is always a class of its own project.
  UNIQUE (project_id, id)
) STRICT;

CREATE TABLE photos (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  project_id INTEGER NOT NULL REFERENCES projects (id),
  path TEXT NOT NULL CHECK (path <> ''),
  content_hash TEXT CHECK (length(content_hash) = 64),
  bytes INTEGER NOT NULL CHECK (bytes >= 0),
  -- With the fractions of a millisecond that file systems keep.
  modified_at REAL NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('ok', 'missing', 'undecodable')),
  reason TEXT,
  width INTEGER CHECK (width > 0),
  height INTEGER CHECK (height > 0),
  orientation INTEGER CHECK (orientation BETWEEN 1 AND 8),
  format TEXT,
  bits INTEGER CHECK (bits IN (8, 16)),
  perceptual_hash TEXT CHECK (length(perceptual_hash) = 16),
  pixel_hash TEXT CHECK (length(pixel_hash) = 64),
  offered_class TEXT,
  class_id INTEGER,
  group_name TEXT,
  added_at INTEGER NOT NULL,
  UNIQUE (project_id, path),
  FOREIGN KEY (project_id, class_id) REFERENCES classes (project_id, id),
  -- Decoded with all its facts, or not decoded with a reason.
  CHECK ((reason IS NULL AND content_hash IS NOT NULL AND width IS NOT NULL AND height IS NOT NULL
          AND orientation IS NOT NULL AND format IS NOT NULL AND bits IS NOT NULL
          AND perceptual_hash IS NOT NULL AND pixel_hash IS NOT NULL)
      OR (reason IS NOT NULL AND width IS NULL AND height IS NULL AND orientation IS NULL AND format IS NULL
          AND bits IS NULL AND perceptual_hash IS NULL AND pixel_hash IS NULL)),
  CHECK (state <> 'ok' OR reason IS NULL),
  CHECK (state <> 'undecodable' OR reason IS NOT NULL)
) STRICT;

CREATE INDEX photos_by_class ON photos (project_id, class_id, path);
CREATE INDEX photos_by_state ON photos (project_id, state, path);
-- With the path, or SQLite would rather walk all photos in the wanted order than sort the few it is asked for.
CREATE INDEX photos_by_content ON photos (project_id, content_hash, path);

CREATE TABLE label_events (
  project_id INTEGER NOT NULL REFERENCES projects (id),
  revision INTEGER NOT NULL CHECK (revision > 0),
  photo_id INTEGER NOT NULL REFERENCES photos (id),
  from_class INTEGER,
  to_class INTEGER,
  -- The first revision of the act that this event is part of.
  batch INTEGER NOT NULL CHECK (batch BETWEEN 1 AND revision),
  actor TEXT NOT NULL CHECK (actor <> ''),
  source TEXT NOT NULL CHECK (source IN ('manual', 'folder', 'csv', 'metadata', 'model', 'undo')),
  at INTEGER NOT NULL,
  PRIMARY KEY (project_id, revision),
  FOREIGN KEY (project_id, from_class) REFERENCES classes (project_id, id),
  FOREIGN KEY (project_id, to_class) REFERENCES classes (project_id, id),
  CHECK (from_class IS NOT to_class)
) STRICT, WITHOUT ROWID;

CREATE INDEX label_events_by_photo ON label_events (photo_id, revision);

-- The history of labels is only ever added to.
CREATE TRIGGER label_events_stay BEFORE UPDATE ON label_events BEGIN
  SELECT RAISE(ABORT, 'label events are never changed');
END;
CREATE TRIGGER label_events_last BEFORE DELETE ON label_events BEGIN
  SELECT RAISE(ABORT, 'label events are never deleted');
END;

CREATE TABLE splits (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  project_id INTEGER NOT NULL REFERENCES projects (id),
  number INTEGER NOT NULL CHECK (number > 0),
  name TEXT NOT NULL CHECK (name <> ''),
  -- Seed and fractions: all null where the subsets came from a file.
  seed INTEGER,
  train_fraction REAL CHECK (train_fraction BETWEEN 0 AND 1),
  validation_fraction REAL CHECK (validation_fraction BETWEEN 0 AND 1),
  test_fraction REAL CHECK (test_fraction BETWEEN 0 AND 1),
  label_revision INTEGER NOT NULL CHECK (label_revision >= 0),
  digest TEXT NOT NULL CHECK (digest <> ''),
  train_photos INTEGER NOT NULL CHECK (train_photos >= 0),
  validation_photos INTEGER NOT NULL CHECK (validation_photos >= 0),
  test_photos INTEGER NOT NULL CHECK (test_photos >= 0),
  created_at INTEGER NOT NULL,
  UNIQUE (project_id, number),
  UNIQUE (project_id, name),
  CHECK ((seed IS NULL) = (train_fraction IS NULL) AND (seed IS NULL) = (validation_fraction IS NULL)
     AND (seed IS NULL) = (test_fraction IS NULL))
) STRICT;

CREATE TABLE split_members (
  split_id INTEGER NOT NULL REFERENCES splits (id),
  photo_id INTEGER NOT NULL REFERENCES photos (id),
  subset TEXT NOT NULL CHECK (subset IN ('train', 'validation', 'test')),
  cluster INTEGER NOT NULL CHECK (cluster >= 0),
  PRIMARY KEY (split_id, photo_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE backbones (
  identity TEXT PRIMARY KEY CHECK (length(identity) = 64),
  name TEXT NOT NULL CHECK (name <> ''),
  spec TEXT NOT NULL CHECK (json_valid(spec)),
  mean TEXT NOT NULL CHECK (json_valid(mean)),
  std TEXT NOT NULL CHECK (json_valid(std)),
  parameters INTEGER NOT NULL CHECK (parameters > 0),
  dtype TEXT NOT NULL CHECK (dtype IN ('float32', 'float16', 'bfloat16')),
  bytes INTEGER NOT NULL CHECK (bytes > 0),
  licence TEXT,
  path TEXT NOT NULL CHECK (path <> ''),
  tensor_prefix TEXT NOT NULL,
  source TEXT NOT NULL CHECK (source <> ''),
  imported_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE runs (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  project_id INTEGER NOT NULL REFERENCES projects (id),
  number INTEGER NOT NULL CHECK (number > 0),
  name TEXT NOT NULL CHECK (name <> ''),
  note TEXT NOT NULL,
  method TEXT NOT NULL CHECK (json_valid(method)),
  recipe TEXT NOT NULL CHECK (json_valid(recipe)),
  plan TEXT NOT NULL CHECK (json_valid(plan)),
  preprocessing TEXT NOT NULL CHECK (json_valid(preprocessing)),
  seed INTEGER NOT NULL,
  classes TEXT NOT NULL CHECK (json_valid(classes)),
  label_revision INTEGER NOT NULL CHECK (label_revision >= 0),
  split_id INTEGER NOT NULL REFERENCES splits (id),
  split_digest TEXT NOT NULL CHECK (split_digest <> ''),
  backbone TEXT NOT NULL REFERENCES backbones (identity),
  app_version TEXT NOT NULL,
  runtime_version TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'stopped', 'finished', 'failed')),
  error_code TEXT,
  error_message TEXT,
  result TEXT CHECK (json_valid(result)),
  engine_pid INTEGER CHECK (engine_pid > 0),
  created_at INTEGER NOT NULL,
  started_at INTEGER,
  ended_at INTEGER,
  UNIQUE (project_id, number),
  CHECK ((state = 'finished') = (result IS NOT NULL)),
  CHECK ((error_code IS NULL) = (error_message IS NULL)),
  CHECK (state <> 'failed' OR error_code IS NOT NULL),
  CHECK (error_code IS NULL OR state IN ('failed', 'stopped')),
  CHECK (engine_pid IS NULL OR state = 'running')
) STRICT;

CREATE INDEX runs_by_state ON runs (state);

CREATE TABLE run_samples (
  run_id INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  position INTEGER NOT NULL CHECK (position >= 0),
  photo_id INTEGER NOT NULL REFERENCES photos (id),
  -- 32 bytes, not hex: a run has as many of these rows as photos.
  content_hash BLOB NOT NULL CHECK (length(content_hash) = 32),
  bytes INTEGER NOT NULL CHECK (bytes >= 0),
  label INTEGER NOT NULL CHECK (label >= 0),
  subset TEXT NOT NULL CHECK (subset IN ('train', 'validation', 'test')),
  PRIMARY KEY (run_id, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE run_metrics (
  run_id INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  epoch INTEGER NOT NULL CHECK (epoch >= 0),
  train_loss REAL,
  learning_rate REAL,
  validation_loss REAL,
  validation_accuracy REAL,
  validation_macro_f1 REAL,
  images_per_second REAL,
  rss_bytes INTEGER NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (run_id, epoch)
) STRICT, WITHOUT ROWID;

CREATE TABLE run_predictions (
  run_id INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  -- The run's own network, or the linear probe fitted beside it.
  network TEXT NOT NULL CHECK (network IN ('run', 'probe')),
  photo_id INTEGER NOT NULL REFERENCES photos (id),
  subset TEXT NOT NULL CHECK (subset IN ('train', 'validation', 'test')),
  label INTEGER NOT NULL CHECK (label >= 0),
  -- One little-endian float32 a class.
  logits BLOB NOT NULL CHECK (length(logits) > 0 AND length(logits) % 4 = 0),
  PRIMARY KEY (run_id, network, photo_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE checkpoints (
  -- The highest number of a run is the one recorded last; steps may come again after a run was resumed.
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  run_id INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  epoch INTEGER NOT NULL CHECK (epoch >= 0),
  step INTEGER NOT NULL CHECK (step >= 0),
  path TEXT NOT NULL CHECK (path <> ''),
  at INTEGER NOT NULL
) STRICT;

CREATE INDEX checkpoints_by_run ON checkpoints (run_id, id);

CREATE TABLE packs (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL CHECK (name <> ''),
  path TEXT NOT NULL CHECK (path <> ''),
  sha256 TEXT NOT NULL CHECK (length(sha256) = 64),
  bytes INTEGER NOT NULL CHECK (bytes > 0),
  state TEXT NOT NULL CHECK (state IN ('verified', 'not-verified')),
  -- No reference: a pack may come before its backbone.
  backbone TEXT NOT NULL CHECK (length(backbone) = 64),
  backbone_name TEXT NOT NULL,
  run_id INTEGER REFERENCES runs (id) ON DELETE SET NULL,
  class_names TEXT NOT NULL CHECK (json_valid(class_names)),
  method TEXT NOT NULL CHECK (json_valid(method)),
  created_at INTEGER NOT NULL
) STRICT;

-- One file of one run (0: imported) once. Runs that repeat each other to the byte have packs with equal hashes.
CREATE UNIQUE INDEX packs_once ON packs (sha256, ifnull(run_id, 0));
CREATE INDEX packs_by_run ON packs (run_id);
CREATE INDEX packs_by_backbone ON packs (backbone, state);
