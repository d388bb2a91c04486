SELECT DISTINCT load_id AS loadId FROM /*table*/ WHERE load_id IN {loadIds:Array(UInt64)}
