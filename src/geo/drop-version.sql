ALTER TABLE /*table*/ DROP PARTITION /*version*/
