-- Each request as one item.
SELECT *, bytes AS item_flux, toUInt64(1) AS item_requests
FROM (/*requests*/)
