-- The requests of loads, each under its copy's id, where they are by the geographic data of now. Whatever other columns there
-- are come along as they are.
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
