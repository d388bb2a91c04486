import { sqlFile } from '../../../ports/warehouse/sql-file.ts'
import type { LogFormat } from '../line/log-format.ts'

/** Alibaba Cloud CDN's offline log. The domain is that of the URL; newer lines have more columns at their end. */
export const alibabaOffline: LogFormat = {
  name: 'alibaba_offline',
  title: 'Alibaba Cloud CDN offline log',
  namesDomain: true,
  example:
    '[1/Sep/2026:08:00:01 +0800] 198.51.100.7 - 35 "-" "GET http://www.example.com/a/b.jpg?v=2" 200 312 10588 HIT ' +
    '"Mozilla/5.0 (X11)" "image/jpeg"',
  recognises:
    /^\[\d{1,2}\/[A-Z][a-z]{2}\/\d{4}:[\d:]{8} [+-]\d{4}\] \S+ \S+ \d+ "[^"]*" "[A-Z]+ [^\s":]+:\/\/[^"]*" \d+ \d+ \d+ [A-Z_]+ "/,
  meaning: {
    time: 'when the answer had ended',
    bytes: 'the answer’s',
    cache: '`HIT` is one; everything else is none',
  },
  projection: sqlFile(import.meta.url, './alibaba-offline.sql'),
}
