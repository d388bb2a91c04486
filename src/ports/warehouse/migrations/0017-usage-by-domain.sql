-- The same rows once more, by domain: those of one domain lie together, those of 5 minutes in the table itself. The
-- engine keeps both alike in each part, and reads the one with fewer rows for a statement (docs/adr/0059).
ALTER TABLE usage ADD PROJECTION IF NOT EXISTS by_domain (SELECT * ORDER BY domain, bucket);
-- Of parts from before, in the background: the engine would wait for it, and the start with it.
ALTER TABLE usage MATERIALIZE PROJECTION by_domain SETTINGS mutations_sync = 0
