-- JSON of the dates of a version's countries, and of the disagreements between its sources. It is empty for versions
-- that were loaded before.
ALTER TABLE geo_version ADD COLUMN IF NOT EXISTS about String DEFAULT '' AFTER networks;
