import { sqlFile } from '../../../ports/warehouse/sql-file.ts'
import { inOrder } from '../line/line-pattern.ts'
import type { LogFormat } from '../line/log-format.ts'

/** Upyun CDN's log. The edge writes the URL of its request line itself, from the scheme, the host and the path. */
export const upyun: LogFormat = {
  name: 'upyun',
  title: 'Upyun CDN log',
  namesDomain: true,
  example:
    '198.51.100.7 - - [01/Sep/2026:08:00:01 +0800] "GET http://www.example.com/a/b.jpg?v=2 HTTP/1.1" 200 10240 "-" "curl/8.0" ' +
    '"image/jpeg" 0 Hit "C/200" Static "max-age=900" 0.014 203.0.113.9',
  recognises: inOrder(
    /^\S+ \S+ \S+ \[\d{2}\/[A-Z][a-z]{2}\/\d{4}:[\d:]{8} [+-]\d{4}\] "[A-Z]+ https?:\/\//,
    /" \d+ \d+ "/,
    /" (?:\d+|-) [A-Za-z-]+ "[^"]*" (?:Static|Dynamic|-) "/,
  ),
  meaning: {
    time: 'of the request',
    bytes: 'the body’s',
    cache: '`Hit` is one; everything else is none',
  },
  projection: sqlFile(import.meta.url, './upyun.sql'),
}
