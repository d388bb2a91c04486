INSERT INTO request
    (time, domain, service_area, client_ip, country, province, carrier, place_logged, path, query, referrer, user_agent,
     method, status, bytes, cache, duration_ms, load_id/*hash_column*/)
SELECT
    time, domain, service_area, client_ip, country, province, carrier, place_logged, path, query, referrer,
    user_agent, method, status, bytes, cache, duration_ms, load_id/*hash_column*/
FROM (/*kept*/)
