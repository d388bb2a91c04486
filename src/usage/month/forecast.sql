-- The bill's figures of each series' whole month, of which a part is a forecast.
SELECT
    known_flux AS flux,
    billed_flux AS billedFlux,
    bandwidth_percentile AS percentile,
    average_daily_peak AS averageDailyPeak
FROM (/*figures*/)
ORDER BY series
