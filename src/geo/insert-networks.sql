-- Reads lines of `address bits region`. IPv4 bits count of 32 in the lines, and of 128 in the table.
INSERT INTO geo_network (version, first, bits, region)
SELECT
    {version:UInt32},
    toIPv6(parts[1]),
    toUInt8(parts[2]) + if(position(line, ':') = 0, 96, 0),
    toUInt16(parts[3])
FROM (SELECT line, splitByChar(' ', line) AS parts FROM /*lines*/)
