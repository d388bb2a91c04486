-- The client of `client_text`: an address, perhaps with a port, brackets or a zone, or a list of them, as proxies write in
-- X-Forwarded-For. Of a list the first public address is the client's, else the first address: private ones are of
-- networks that the request passed. Without an address it is ::. The list is read only where the text is no address.
multiIf(isIPv4String(client_text) OR isIPv6String(client_text), toIPv6OrDefault(client_text),
    client_text IN ('', '-'), toIPv6('::'),
    coalesce(
        arrayFirstOrNull(
            address -> NOT arrayExists(network -> isIPAddressInRange(toString(address), network), [
                '::ffff:10.0.0.0/104', '::ffff:172.16.0.0/108', '::ffff:192.168.0.0/112', '::ffff:127.0.0.0/104',
                '::ffff:169.254.0.0/112', '::ffff:100.64.0.0/106', '::ffff:0.0.0.0/104', 'fc00::/7', 'fe80::/10', '::/127']),
            arrayFilter(address -> address IS NOT NULL, arrayMap(
                one -> toIPv6OrNull(multiIf(
                    startsWith(one, '['), extract(one, '^\\[([^\\]%]*)'),
                    match(one, '^\\d+\\.\\d+\\.\\d+\\.\\d+:\\d+$'), substringIndex(one, ':', 1),
                    substringIndex(one, '%', 1))),
                arrayMap(one -> trim(BOTH ' "' FROM one), splitByChar(',', client_text))) AS addresses)),
        addresses[1],
        toIPv6('::')))
