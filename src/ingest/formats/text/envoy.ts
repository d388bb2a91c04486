import { sqlFile } from '../../../ports/warehouse/sql-file.ts'
import type { LogFormat } from '../line/log-format.ts'

/** Envoy's default format. Bytes are the body's; a request whose client left before an answer has status 0. */
export const envoy: LogFormat = {
  name: 'envoy',
  title: 'Envoy default access log',
  namesDomain: true,
  example:
    '[2026-09-01T00:00:01.123Z] "GET /a/b.jpg?v=2 HTTP/2" 200 - 0 10240 4 3 "198.51.100.7" "curl/8.0" ' +
    '"9d1f0a2e-0000-4000-8000-000000000000" "www.example.com" "10.0.0.5:8080"',
  recognises:
    /^\[\d{4}-\d\d-\d\dT[\d:.]+Z\] "[^"]*" \d+ [^ "]+ \d+ \d+ \d+ [^ "]+ "[^"]*" "[^"]*" "[^"]*" "[^"]*" "[^"]*"/,
  meaning: {
    time: 'when the request came, in UTC',
    bytes: 'the body’s',
    cache: 'not logged',
  },
  projection: sqlFile(import.meta.url, './envoy.sql'),
}
