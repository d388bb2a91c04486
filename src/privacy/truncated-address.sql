-- Truncates IPv4 to /24, IPv6 to /48. In a 6to4 address the IPv4 address begins at bit 16, so its /24 is a /40.
tupleElement(IPv6CIDRToRange(client_ip, toUInt8(multiIf(
    client_ip BETWEEN toIPv6('::ffff:0:0') AND toIPv6('::ffff:ffff:ffff'), 120,
    client_ip BETWEEN toIPv6('2002::') AND toIPv6('2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff'), 40,
    48))), 1)
