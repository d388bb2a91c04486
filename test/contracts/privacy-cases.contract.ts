/** For the contract suite: what is in a log, and what is kept of it. */

/** Clients as logged, and their addresses as kept. */
export const addressCases: [client: string, kept: string][] = [
  ['203.0.113.77', '::ffff:203.0.113.0'],
  ['203.0.113.0', '::ffff:203.0.113.0'],
  ['255.255.255.255', '::ffff:255.255.255.0'],
  ['0.0.0.1', '::ffff:0.0.0.0'],
  ['::ffff:203.0.113.77', '::ffff:203.0.113.0'],
  ['::ffff:cb00:714d', '::ffff:203.0.113.0'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1::'],
  ['2001:db8:ffff:ffff:ffff:ffff:ffff:ffff', '2001:db8:ffff::'],
  ['ffff:ffff:ffff:ffff::', 'ffff:ffff:ffff::'],
  // 6to4 and NAT64 of 203.0.113.77, and what was once called IPv4-compatible.
  ['2002:cb00:714d::1', '2002:cb00:7100::'],
  ['64:ff9b::203.0.113.77', '64:ff9b::'],
  ['::203.0.113.77', '::'],
  ['::1', '::'],
  // With a port, and with a zone.
  ['203.0.113.77:443', '::ffff:203.0.113.0'],
  ['fe80::1%eth0', 'fe80::'],
  // None at all.
  ['-', '::'],
  ['unknown', '::'],
]

/** Queries, and what is kept of them with only, and without, the names `b` and `tök en`. */
export const queryCases: [query: string, only: string, without: string][] = [
  ['', '', ''],
  ['a=1', '', 'a=1'],
  ['b=2', 'b=2', ''],
  ['a=1&b=2', 'b=2', 'a=1'],
  ['b=1&a=1&b=2&a=2&b=1', 'b=1&b=2&b=1', 'a=1&a=2'],
  ['&&', '', '&&'],
  ['&', '', '&'],
  ['a=1&', '', 'a=1&'],
  ['&a=1', '', '&a=1'],
  ['a=1&&b=2', 'b=2', 'a=1&'],
  ['=', '', '='],
  ['=b', '', '=b'],
  ['==', '', '=='],
  ['b', 'b', ''],
  ['b=', 'b=', ''],
  ['b==', 'b==', ''],
  ['b=a=1', 'b=a=1', ''],
  ['a=b', '', 'a=b'],
  ['a=b=2', '', 'a=b=2'],
  ['bb=1&ab=1&b%20=1', '', 'bb=1&ab=1&b%20=1'],
  ['b[]=1', '', 'b[]=1'],
  // As a server reads names.
  ['%62=1&a=1', '%62=1', 'a=1'],
  ['%62%3D=1', '', '%62%3D=1'],
  ['t%C3%B6k+en=1', 't%C3%B6k+en=1', ''],
  ['t%c3%b6k%20en=1', 't%c3%b6k%20en=1', ''],
  ['tök+en=1', 'tök+en=1', ''],
  ['T%C3%96K+EN=1', '', ''],
  ['B=1', '', ''],
  ['%zz=1&%=2&%6', '', '%zz=1&%=2&%6'],
  ['a=%26b=1', '', 'a=%26b=1'],
  // What some servers take for another parameter.
  ['a=1;b=2;c=3', 'b=2', 'a=1;c=3'],
  ['b=1;a=2&c=3', 'b=1', 'a=2&c=3'],
  [';b=1', 'b=1', ''],
  [';;', '', ';;'],
  ['a=1&;b=2', 'b=2', 'a=1&'],
  ['a=1&amp;b=2', 'b=2', 'a=1&amp'],
  ['b=1;b=2', 'b=1;b=2', ''],
  // A fragment is no part of it, and a second question mark is.
  ['a=1#b=2', '', 'a=1'],
  ['b=1#', 'b=1', ''],
  ['?b=1', '', '?b=1'],
  ['b=1?a=1', 'b=1?a=1', ''],
]

/** Referrers as logged, without the parameter `b`, and without queries. */
export const referrerCases: [text: string, without: string, dropped: string][] = [
  ['https://a.test/', 'https://a.test/', 'https://a.test/'],
  ['https://a.test/x?a=1&b=2', 'https://a.test/x?a=1', 'https://a.test/x'],
  ['https://a.test/x?b=2', 'https://a.test/x', 'https://a.test/x'],
  ['https://a.test?b=2', 'https://a.test', 'https://a.test'],
  ['https://a.test/?', 'https://a.test/', 'https://a.test/'],
  ['https://a.test/x#part', 'https://a.test/x', 'https://a.test/x'],
  ['https://a.test/#/x?a=1', 'https://a.test/', 'https://a.test/'],
  ['https://user:word@a.test:8080/x?a=1#f', 'https://a.test:8080/x?a=1', 'https://a.test:8080/x'],
  ['HTTPS://one@two@a.test', 'HTTPS://a.test', 'HTTPS://a.test'],
  ['//user@a.test/', '//a.test/', '//a.test/'],
  ['https://a.test/@user/x?a=@1', 'https://a.test/@user/x?a=@1', 'https://a.test/@user/x'],
  ['https://a.test?a=//x@y', 'https://a.test?a=//x@y', 'https://a.test'],
  ['android-app://com.test/?a=1;b=2', 'android-app://com.test/?a=1', 'android-app://com.test/'],
  ['no address?b=1', 'no address', 'no address'],
]

/** Lines that are no requests, with what must not be kept of them. */
export const secretLines: string[] = [
  '203.0.113.77 - - [01/Sep/2026:08:00:01 +0800] "GET /a?token=geheim',
  '[01/Sep/2026:08:00:01 +0800] 2001:db8::77 35 "https://u:geheim@a.test/?mail=x%40y.test" "HTTP/1.1"',
  `[01/Sep/2026:08:00:01 +0800] ::ffff:203.0.113.77 /ünï?q=${'9'.repeat(2_000)}`,
  '{"ip":"203.0.113.77","query":"имя=Ж&name=Ö","note":"a?b c?d"}',
]
