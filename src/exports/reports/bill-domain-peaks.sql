-- The highest point of each domain in [from, to). A number of bytes may be beyond what JSON holds exactly.
SELECT arrayElement({domains:Array(String)}, series + 1) AS domain, toString(max(bytes)) AS peakBytes
FROM (/*points*/)
GROUP BY domain
