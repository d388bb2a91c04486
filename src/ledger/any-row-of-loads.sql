SELECT 1 FROM /*table*/ WHERE load_id IN {loadIds:Array(UInt64)} LIMIT 1
