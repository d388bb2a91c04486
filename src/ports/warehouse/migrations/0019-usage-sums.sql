-- Sums of the same rows: by hour and domain, and by 5 minutes of all domains. Each keeps its loads apart, so that a
-- statement still chooses which of them count. The engine keeps them alike with the rows in each part, and reads them
-- for statements that ask for these sums by these keys (docs/adr/0060).
ALTER TABLE usage ADD PROJECTION IF NOT EXISTS by_hour
(
    SELECT
        domain, toStartOfHour(bucket), service_area, load_id,
        sum(requests), sum(toUInt128(flux_bytes)), sum(hits), sum(hit_flux_bytes), sum(cache_logged_requests),
        sum(status_2xx), sum(status_3xx), sum(status_4xx), sum(status_5xx), sum(origin_requests), sum(toUInt128(origin_flux_bytes))
    GROUP BY domain, toStartOfHour(bucket), service_area, load_id
);
ALTER TABLE usage ADD PROJECTION IF NOT EXISTS of_all
(
    SELECT
        bucket, service_area, load_id,
        sum(requests), sum(toUInt128(flux_bytes)), sum(hits), sum(hit_flux_bytes), sum(cache_logged_requests),
        sum(status_2xx), sum(status_3xx), sum(status_4xx), sum(status_5xx), sum(origin_requests), sum(toUInt128(origin_flux_bytes))
    GROUP BY bucket, service_area, load_id
);
-- Of parts from before, in the background: the engine would wait for it, and the start with it.
ALTER TABLE usage MATERIALIZE PROJECTION by_hour SETTINGS mutations_sync = 0;
ALTER TABLE usage MATERIALIZE PROJECTION of_all SETTINGS mutations_sync = 0
