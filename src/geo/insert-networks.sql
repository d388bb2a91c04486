-- Lines of `address bits region`; IPv4 has bits of 32 there, and of 128 here.
INSERT INTO geo_network (version, first, bits, region)
SELECT
    {version:UInt32},
    toIPv6(parts[1]),
    toUInt8(parts[2]) + if(position(line, ':') = 0, 96, 0),
    toUInt16(parts[3])
FROM (SELECT line, splitByChar(' ', line) AS parts FROM /*lines*/)
