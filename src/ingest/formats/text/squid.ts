import { sqlFile } from '../../../ports/warehouse/sql-file.ts'
import type { LogFormat } from '../line/log-format.ts'

/**
 * The native log of Squid and of Apache Traffic Server. Bytes include headers; every result that contains HIT is a hit.
 */
export const squid: LogFormat = {
  name: 'squid',
  title: 'Squid native log, also of Apache Traffic Server',
  namesDomain: true,
  hasDomainInRequest: true,
  example:
    '1788220801.123      4 198.51.100.7 TCP_HIT/200 10588 GET http://www.example.com/a/b.jpg - NONE/- image/jpeg',
  recognises: /^\d{10}\.\d{3} +\d+ \S+ [A-Z_]+\/\d{3} \d+ [A-Z]+ \S+ \S+ \S[^\s/]*\/\S+ \S/,
  meaning: {
    time: 'when the answer had ended',
    bytes: 'with headers',
    cache: 'a result with HIT in it',
  },
  projection: sqlFile(import.meta.url, './squid.sql'),
}
