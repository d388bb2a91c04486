SYSTEM START LISTEN HTTP;
SELECT sleepEachRow(3)
FROM numbers(1000000000000)
SETTINGS max_block_size = 1, function_sleep_max_microseconds_per_block = 0
FORMAT Null
