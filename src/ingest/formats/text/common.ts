import { fillSlots, sqlFile } from '../../../ports/warehouse/sql-file.ts'
import type { LogFormat } from '../line/log-format.ts'
import { type LinePrefix, prefixPattern, prefixSlots, userPattern } from './server-line.ts'

const projection = sqlFile(import.meta.url, './common.sql')
const afterTime = String.raw`[^"]*" (\d+|-) (\d+|-)\r?$`
const recogniserOf = (prefix: LinePrefix) => new RegExp(prefixPattern(prefix) + afterTime)
const userRecogniserOf = (prefix: 'client' | 'hostClient') => new RegExp(userPattern(prefix) + afterTime)

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
  recognises: recogniserOf('client'),
  recognisesUser: userRecogniserOf('client'),
  meaning,
  projection: fillSlots(projection, prefixSlots('client')),
}

/** As `common`, after the host: Fastly's `%v %h %l %u %t "%r" %>s %b`. */
export const commonWithHost: LogFormat = {
  name: 'common_vhost',
  title: 'Common Log Format with a leading host',
  namesDomain: true,
  example: 'www.example.com 198.51.100.7 - - [01/Sep/2026:00:00:01 +0000] "GET /a/b.jpg?v=2 HTTP/1.1" 200 10240',
  recognises: recogniserOf('hostClient'),
  recognisesUser: userRecogniserOf('hostClient'),
  meaning,
  projection: fillSlots(projection, prefixSlots('hostClient')),
}

/** As `common`, with the host where others write the identity. */
export const commonHostSecond: LogFormat = {
  name: 'common_host_second',
  title: 'Common Log Format with the host in the identity’s place',
  namesDomain: true,
  example: '198.51.100.7 www.example.com - [01/Sep/2026:00:00:01 +0000] "GET /a/b.jpg?v=2 HTTP/1.1" 200 10240',
  recognises: recogniserOf('clientHost'),
  meaning,
  projection: fillSlots(projection, prefixSlots('clientHost')),
}
