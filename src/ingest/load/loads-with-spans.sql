SELECT DISTINCT load_id AS loadId FROM load_span
