ALTER TABLE /*source*/ DROP PARTITION ID '/*id*/'
