SELECT toUInt128(first), bits, region
FROM geo_network
WHERE version = {version:UInt32}
ORDER BY geo_network.first
FORMAT TSV
