INSERT INTO /*table*/
SELECT * REPLACE(transform(load_id, {loadIds:Array(UInt64)}, {copyIds:Array(UInt64)}, toUInt64(0)) AS load_id)
FROM (SELECT * FROM /*table*/ WHERE load_id IN {loadIds:Array(UInt64)})
