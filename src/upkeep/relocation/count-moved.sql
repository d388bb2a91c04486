-- For each load, the number of its requests whose place differs in the current geographic data.
SELECT
    load_id AS loadId,
    countIf(
        (country, province, carrier, /*area*/)
        != (stored_country, stored_province, stored_carrier, stored_service_area)) AS moved
FROM (/*located*/)
GROUP BY load_id
