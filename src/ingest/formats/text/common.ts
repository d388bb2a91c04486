import { fillSlots, sqlFile } from '../../../ports/warehouse/sql-file.ts'
import type { LogFormat } from '../line/log-format.ts'

const projection = sqlFile(import.meta.url, './common.sql')
const afterClient = String.raw`\S+ .*\[\d{2}\/[A-Z][a-z]{2}\/\d{4}:[\d:]{8} [+-]\d{4}\] "[^"]*" (\d+|-) (\d+|-)\r?$`

const meaning = {
  time: 'when the answer had ended, or the request had come: the server’s choice',
  bytes: 'the body’s, unless the server is told to log them with headers',
  cache: 'not logged',
}

/** Common Log Format, Fastly's default, without a domain. Bytes are the body's. */
export const common: LogFormat = {
  name: 'common',
  title: 'Common Log Format, Fastly’s default',
  namesDomain: false,
  example: '198.51.100.7 - - [01/Sep/2026:00:00:01 +0000] "GET /a/b.jpg?v=2 HTTP/1.1" 200 10240',
  recognises: new RegExp(`^\\S+ ${afterClient}`),
  meaning,
  projection: fillSlots(projection, { host: `''`, client: 'before[1]', words: '6' }),
}

/** As `common`, after the host: Fastly's `%v %h %l %u %t "%r" %>s %b`. */
export const commonWithHost: LogFormat = {
  name: 'common_vhost',
  title: 'Common Log Format with a leading host',
  namesDomain: true,
  example: 'www.example.com 198.51.100.7 - - [01/Sep/2026:00:00:01 +0000] "GET /a/b.jpg?v=2 HTTP/1.1" 200 10240',
  recognises: new RegExp(`^\\S+ [0-9A-Fa-f.:]+ ${afterClient}`),
  meaning,
  projection: fillSlots(projection, { host: 'before[1]', client: 'before[2]', words: '7' }),
}
