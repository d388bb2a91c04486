-- Traffic of an account's domains in a range: that of the asked domains in the asked service area, and the rest.
SELECT
    sumIf(requests, is_asked AND is_in_area) AS fileRequests,
    accurateCast(sumIf(toUInt128(flux_bytes), is_asked AND is_in_area), 'UInt64') AS fileFlux,
    sum(requests) AS rangeRequests,
    accurateCast(sum(toUInt128(flux_bytes)), 'UInt64') AS rangeFlux,
    sumIf(requests, is_asked AND NOT is_in_area) AS otherAreasRequests,
    accurateCast(sumIf(toUInt128(flux_bytes), is_asked AND NOT is_in_area), 'UInt64') AS otherAreasFlux,
    uniqExactIf(domain, NOT is_asked) AS otherDomains,
    sumIf(requests, NOT is_asked) AS otherDomainsRequests,
    accurateCast(sumIf(toUInt128(flux_bytes), NOT is_asked), 'UInt64') AS otherDomainsFlux
FROM
(
    SELECT
        domain,
        requests,
        flux_bytes,
        has({askedDomains:Array(String)}, domain) AS is_asked,
        {serviceArea:String} = 'global' OR service_area = {serviceArea:String} AS is_in_area
    FROM usage
    WHERE bucket >= toDateTime({from:Int64}, 'UTC')
      AND bucket < toDateTime({to:Int64}, 'UTC')
      AND domain IN {domains:Array(String)}
      AND /*visible*/
)
