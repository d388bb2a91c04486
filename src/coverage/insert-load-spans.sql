-- Writes one row a load. Domains and times are those of its usage, which must be written before.
INSERT INTO load_span
    (load_id, account_id, source, file_name, file_domain, named_from, named_to, allowed_set, first_bucket, last_bucket,
     domains, rejected_lines, written_at)
SELECT
    delivered.1,
    delivered.2,
    delivered.3,
    delivered.4,
    delivered.5,
    toDateTime(delivered.6, 'UTC'),
    toDateTime(delivered.7, 'UTC'),
    delivered.8,
    first_bucket,
    last_bucket,
    domains,
    delivered.9,
    toDateTime(delivered.10, 'UTC')
FROM
(
    SELECT arrayJoin(arrayZip(
        {loadIds:Array(UInt64)}, {accountIds:Array(String)}, {sources:Array(String)}, {fileNames:Array(String)},
        {fileDomains:Array(String)}, {namedFrom:Array(UInt32)}, {namedTo:Array(UInt32)}, {allowedSets:Array(String)},
        {rejectedLines:Array(UInt64)}, {writtenAt:Array(UInt32)})) AS delivered
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
