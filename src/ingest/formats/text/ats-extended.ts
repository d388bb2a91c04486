import { sqlFile } from '../../../ports/warehouse/sql-file.ts'
import type { LogFormat } from '../line/log-format.ts'

/** Apache Traffic Server's `extended` and `extended2`; only the latter logs the cache's result. */
export const atsExtended: LogFormat = {
  name: 'ats_extended',
  title: 'Apache Traffic Server extended and extended2 log',
  namesDomain: true,
  hasDomainInRequest: true,
  example:
    '198.51.100.7 - - [01/Sep/2026:00:00:01 -0000] "GET http://www.example.com/a/b.jpg HTTP/1.1" 200 10240 000 0 0 0 210 348 0 ' +
    '0 0 NONE FIN FIN TCP_HIT',
  recognises:
    /^\S+ \S+ \S+ \[\d{2}\/[A-Z][a-z]{2}\/\d{4}:[\d:]{8} [+-]\d{4}\] "[^"]*" \d+ \d+ \d{3} \d+ \d+ \d+ \d+ \d+ \d+ \d+ \d+( \S+ \S+ \S+ \S+)?\r?$/,
  meaning: {
    time: 'when the answer had ended',
    bytes: 'the answer’s body and its header',
    cache: 'extended2: a result with HIT in it is one; extended: not logged',
  },
  projection: sqlFile(import.meta.url, './ats-extended.sql'),
}
