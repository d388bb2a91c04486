import { fillSlots, sqlFile } from '../../../ports/warehouse/sql-file.ts'
import type { LogFormat } from '../line/log-format.ts'
import { tencentPlaceSql } from '../line/logged-places.ts'

/** Tencent Cloud CDN's offline log, of 16 fields, or of 12 in older files. Bytes are the answer's, with headers. */
export const tencentOffline: LogFormat = {
  name: 'tencent_offline',
  title: 'Tencent Cloud CDN offline log',
  namesDomain: true,
  example:
    '20260901080001 198.51.100.7 www.example.com /a/b.jpg 10588 22 2 200 NULL 35 "Mozilla/5.0 (X11)" "(null)" GET ' +
    'HTTP/1.1 hit 50123',
  recognises: /^\d{14} \S+ \S+ \S+ \d+ -?\d+ -?\d+ \d+ \S+ \d+ "[^"]*" "[^"]*"/,
  meaning: {
    time: 'of UTC+8, which the lines do not say',
    bytes: 'the answer’s, with headers',
    cache: '`hit`: that of a parent node is one too; older lines of 12 fields do not log it',
  },
  projection: fillSlots(sqlFile(import.meta.url, './tencent-offline.sql'), tencentPlaceSql('before[6]', 'before[7]')),
}
