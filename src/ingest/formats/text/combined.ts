import { fillSlots, sqlFile } from '../../../ports/warehouse/sql-file.ts'
import { inOrder } from '../line/line-pattern.ts'
import type { LogFormat } from '../line/log-format.ts'

const projection = sqlFile(import.meta.url, './combined.sql')
/** `identity user [time] "`, then `request" status bytes "referrer" "user agent"`, then anything. */
const afterClient = String.raw`\S+ \S+ \[\d{2}\/[A-Z][a-z]{2}\/\d{4}:[\d:]{8} [+-]\d{4}\] "`
const afterRequest = [/" (?:\d+|-) (?:\d+|-) "/, /" "/, /"/] as const

const meaning = {
  time: 'when the answer had ended (nginx), or the request had come (Apache)',
  bytes: 'as the server is told to log them: nginx the body’s, Apache’s `%O` with headers and its `%b` the body’s',
  cache: 'nginx’s `$upstream_cache_status` or Varnish’s hit or miss among what follows, unquoted; else not logged',
}

/** The combined format of nginx and Apache. It names no domain; `--domain` does. */
export const combined: LogFormat = {
  name: 'combined',
  title: 'nginx and Apache combined log',
  namesDomain: false,
  example: '198.51.100.7 - - [01/Sep/2026:08:00:01 +0800] "GET /a/b.jpg?v=2 HTTP/1.1" 200 10240 "-" "curl/8.0"',
  recognises: inOrder(new RegExp(`^\\S+ ${afterClient}`), ...afterRequest),
  // ['198.51.100.7', '-', '-', '[01/Sep/2026:08:00:01', '+0800]', '']: a user's name may hold spaces.
  meaning,
  projection: fillSlots(projection, { host: `''`, client: 'before[1]', words: '6' }),
}

/** As `combined`, after the virtual host's name, with or without a port: Apache's vhost_combined. */
export const combinedWithHost: LogFormat = {
  name: 'combined_vhost',
  title: 'combined log with a leading virtual host',
  namesDomain: true,
  example:
    'www.example.com:443 198.51.100.7 - - [01/Sep/2026:08:00:01 +0800] "GET /a/b.jpg HTTP/1.1" 200 10588 "-" "curl/8.0"',
  recognises: inOrder(new RegExp(`^\\S+ [0-9A-Fa-f.:]+ ${afterClient}`), ...afterRequest),
  meaning,
  projection: fillSlots(projection, { host: 'before[1]', client: 'before[2]', words: '7' }),
}

/** The default of varnishncsa: combined, with the whole URL in the request line. Bytes are the body's. */
export const varnish: LogFormat = {
  name: 'varnish',
  title: 'Varnish NCSA log',
  namesDomain: true,
  hasDomainInRequest: true,
  example:
    '198.51.100.7 - - [01/Sep/2026:08:00:01 +0800] "GET http://www.example.com/a/b.jpg HTTP/1.1" 200 10240 "-" "curl/8.0"',
  recognises: inOrder(new RegExp(`^\\S+ ${afterClient}[A-Z]+ https?://`), ...afterRequest),
  meaning,
  projection: fillSlots(projection, {
    host: `extract(parts[2], '^[A-Z]+ [A-Za-z][A-Za-z0-9+.-]*://([^/?# ]*)')`,
    client: 'before[1]',
    words: '6',
  }),
}
