SELECT found.1 AS country, found.2 AS province, found.3 AS carrier
FROM (SELECT /*found*/ AS found)
