-- Copies the requests of loads under their copies' ids, with places from the current geographic data. All other columns
-- are copied unchanged.
INSERT INTO request
    (* EXCEPT (country, province, carrier, service_area, place_logged, load_id),
     country, province, carrier, service_area, place_logged, load_id)
SELECT
    * EXCEPT (
        country, province, carrier, service_area, place_logged, load_id, found,
        logged_country, logged_province, logged_carrier,
        stored_country, stored_province, stored_carrier, stored_service_area, stored_place_logged),
    country,
    province,
    carrier,
    /*area*/,
    stored_place_logged,
    transform(load_id, {loadIds:Array(UInt64)}, {copyIds:Array(UInt64)}, toUInt64(0))
FROM (/*located*/)
