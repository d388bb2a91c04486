SELECT concat(IPv6NumToString(first), '/', toString(bits)) AS network, region FROM /*database*/.geo_network WHERE version = /*version*/
