-- Traffic of clients whose country nobody knows, from requests: of a part of an hour, or of loads not rolled up yet.
SELECT count() AS requests, toString(sum(toUInt128(bytes))) AS flux
FROM (/*requests*/)
