-- Which time of being tried again a file's row is about: what stands in `.retry` beside the file. NULL: the first time.
ALTER TABLE ingest_files ADD COLUMN retry uuid;
