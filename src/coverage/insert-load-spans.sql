-- One row a load. Domains and times are those of its usage, which is written before.
INSERT INTO load_span
    (load_id, source, file_name, file_domain, named_from, named_to, first_bucket, last_bucket, domains, rejected_lines,
     written_at)
SELECT
    delivered.1,
    delivered.2,
    delivered.3,
    delivered.4,
    toDateTime(delivered.5, 'UTC'),
    toDateTime(delivered.6, 'UTC'),
    first_bucket,
    last_bucket,
    domains,
    delivered.7,
    toDateTime(delivered.8, 'UTC')
FROM
(
    SELECT arrayJoin(arrayZip(
        {loadIds:Array(UInt64)}, {sources:Array(String)}, {fileNames:Array(String)}, {fileDomains:Array(String)},
        {namedFrom:Array(UInt32)}, {namedTo:Array(UInt32)}, {rejectedLines:Array(UInt64)},
        {writtenAt:Array(UInt32)})) AS delivered
) AS files
LEFT JOIN
(
    SELECT load_id, min(bucket) AS first_bucket, max(bucket) AS last_bucket, arraySort(groupUniqArray(domain)) AS domains
    FROM usage
    WHERE load_id IN {loadIds:Array(UInt64)}
      AND bucket >= toStartOfFiveMinutes(toDateTime({firstTime:UInt32}, 'UTC'))
      AND bucket <= toDateTime({lastTime:UInt32}, 'UTC')
    GROUP BY load_id
) AS written ON written.load_id = delivered.1
