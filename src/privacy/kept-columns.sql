SELECT * REPLACE (
/*replaced*/
)
FROM (/*requests*/)
