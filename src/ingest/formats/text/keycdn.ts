import { sqlFile } from '../../../ports/warehouse/sql-file.ts'
import type { LogFormat } from '../line/log-format.ts'

/** KeyCDN's forwarded log. The domain is the zone's alias, or its own host name. */
export const keycdn: LogFormat = {
  name: 'keycdn',
  title: 'KeyCDN log',
  namesDomain: true,
  example:
    '1788220801.123|defr|198.51.100.7|200|10588|uid1234|zid4321|www.example.com|HIT|"GET /a/b.jpg?v=2 HTTP/1.1"|' +
    '[01/Sep/2026:02:00:01 +0200]|"-"|"curl/8.0"|https|TLSv1.3|DE|HE|"AS64496 Example"|-',
  recognises: /^\d{10}\.\d{3}\|\w+\|[^|]*\|\d+\|\d+\|[^|]*\|zid\d+\|[^|]*\|[^|]*\|"/,
  meaning: {
    time: 'of the first field, in UTC',
    bytes: 'sent for the request',
    cache: 'HIT, STALE, UPDATING and REVALIDATED are hits',
  },
  projection: sqlFile(import.meta.url, './keycdn.sql'),
}
