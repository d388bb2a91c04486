-- Totals of everything, from the usage rollup.
SELECT domain, flux_bytes AS item_flux, requests AS item_requests
FROM (/*usage*/)
