import { sqlFile } from '../../../ports/warehouse/sql-file.ts'
import { inOrder } from '../line/line-pattern.ts'
import type { LogFormat } from '../line/log-format.ts'

/** Huawei Cloud CDN's offline log: 13 fields, or 14 with the edge's address. `path` comes without a query. */
export const huaweiOffline: LogFormat = {
  name: 'huawei_offline',
  title: 'Huawei Cloud CDN offline log',
  namesDomain: true,
  example:
    '[01/Sep/2026:08:00:01 +0800] 198.51.100.7 35 "-" "HTTP/1.1" "GET" "www.example.com" "/a/b.jpg" 200 10240 HIT ' +
    '"Mozilla/5.0 (X11)" "bytes=0-1023" 203.0.113.9',
  recognises: inOrder(
    /^\[\d{2}\/[A-Z][a-z]{2}\/\d{4}:[\d:]{8} [+-]\d{4}\] \S+ \d+ "/,
    /" "[^"]*" "[^"]*" "[^"]*" "/,
    /" \d+ \d+ [A-Z_]+ "/,
    /" "/,
    /"/,
  ),
  meaning: {
    time: 'when the answer had ended',
    bytes: 'the answer’s, as Huawei counts them: application layer; it bills about 10 % more',
    cache: '`HIT` is one; everything else is none',
  },
  projection: sqlFile(import.meta.url, './huawei-offline.sql'),
}
