-- What an import found out about a backbone: its family, where each of its settings comes from, what was left out of the
-- file. Null for those that were imported before it was kept.

ALTER TABLE backbones ADD COLUMN details TEXT CHECK (json_valid(details));
