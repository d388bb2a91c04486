SELECT *, /*hash*/ AS client_hash FROM (/*requests*/)
