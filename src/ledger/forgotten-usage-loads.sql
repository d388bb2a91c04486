SELECT DISTINCT load_id AS loadId FROM forgotten_usage
