import { sqlFile } from '../../../ports/warehouse/sql-file.ts'
import type { LogFormat } from '../line/log-format.ts'

/**
 * Baidu AI Cloud CDN's offline log. Baidu documents which fields stand in which order; the signs around them are those of
 * the servers that write such logs.
 */
export const baiduOffline: LogFormat = {
  name: 'baidu_offline',
  title: 'Baidu AI Cloud CDN offline log',
  namesDomain: true,
  example:
    '198.51.100.7 0 - www.example.com [01/Sep/2026:08:00:01 +0800] 35 "GET /a/b.jpg?v=2 HTTP/1.1" 200 10588 10240 "-" "-" ' +
    '"curl/8.0" "-" 6f1c0d2a HIT 203.0.113.9',
  recognises:
    /^\S+ (?:\S+ )?\S+ [A-Za-z0-9._:-]+ \[\d\d\/[A-Z][a-z]{2}\/\d{4}:[\d:]{8} [+-]\d{4}\] \d+ "[^"]*" \d+ \d+ \d+ "/,
  meaning: {
    time: 'of the request',
    bytes: '`bytes_sent`, with headers',
    cache: '`HIT` is one',
  },
  projection: sqlFile(import.meta.url, './baidu-offline.sql'),
}
