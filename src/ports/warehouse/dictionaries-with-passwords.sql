SELECT name
FROM system.tables
WHERE database = currentDatabase() AND engine = 'Dictionary' AND create_table_query LIKE '% PASSWORD %'
