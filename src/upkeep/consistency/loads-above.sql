-- Only ids higher than any given out: the index over ids finds none without reading the table.
SELECT DISTINCT load_id AS loadId FROM /*table*/ WHERE load_id > {load:UInt64}
