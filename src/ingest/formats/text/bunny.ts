import { sqlFile } from '../../../ports/warehouse/sql-file.ts'
import type { LogFormat } from '../line/log-format.ts'

/** bunny.net's raw log. The domain is that of the URL, one of the zone's host names. */
export const bunny: LogFormat = {
  name: 'bunny',
  title: 'bunny.net CDN log',
  namesDomain: true,
  example:
    'HIT|200|1788220801123|10588|1234567|198.51.100.7|-|https://www.example.com/a/b.jpg?v=2|DE|curl/8.0|' +
    '322b688bd63fb63f2babe9de30a5d262|DE',
  recognises: /^[A-Z]+\|\d+\|\d{13}\|\d+\|\d+\|[^|]*\|[^|]*\|/,
  meaning: {
    time: 'of the request, in UTC',
    bytes: 'sent to the client',
    cache: 'HIT, STALE, UPDATING and REVALIDATED are hits',
  },
  projection: sqlFile(import.meta.url, './bunny.sql'),
}
