SELECT DISTINCT load_id AS loadId FROM load_span WHERE account_id = '' ORDER BY loadId
