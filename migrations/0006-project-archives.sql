-- What a project needs that came out of an archive: its photos and classes have other ids here, and its history goes on to
-- name them by the numbers that its seals were made over.

-- The project's id where its history began; null: here.
ALTER TABLE projects ADD COLUMN history_number INTEGER CHECK (history_number > 0);
-- Photos and classes that came after the archive are named by their id plus this, which no number of the archive reaches.
ALTER TABLE projects ADD COLUMN photo_shift INTEGER NOT NULL DEFAULT 0 CHECK (photo_shift >= 0);
ALTER TABLE projects ADD COLUMN class_shift INTEGER NOT NULL DEFAULT 0 CHECK (class_shift >= 0);
-- Null for those that were not in the archive.
ALTER TABLE photos ADD COLUMN history_number INTEGER CHECK (history_number > 0);
ALTER TABLE classes ADD COLUMN history_number INTEGER CHECK (history_number > 0);
