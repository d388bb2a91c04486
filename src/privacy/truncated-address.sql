-- IPv4 to /24, IPv6 to /48. The IPv4 address of a 6to4 network begins at its bit 16: to /40, which is its /24.
tupleElement(IPv6CIDRToRange(client_ip, toUInt8(multiIf(
    client_ip BETWEEN toIPv6('::ffff:0:0') AND toIPv6('::ffff:ffff:ffff'), 120,
    client_ip BETWEEN toIPv6('2002::') AND toIPv6('2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff'), 40,
    48))), 1)
