-- How many requests of each load are elsewhere by the geographic data of now.
SELECT
    load_id AS loadId,
    countIf(
        (country, province, carrier, /*area*/)
        != (stored_country, stored_province, stored_carrier, stored_service_area)) AS moved
FROM (/*located*/)
GROUP BY load_id
