import { fillSlots, sqlFile } from '../../../ports/warehouse/sql-file.ts'
import { inOrder } from '../line/line-pattern.ts'
import type { LogFormat } from '../line/log-format.ts'
import { type LinePrefix, prefixPattern, prefixSlots, userPattern } from './server-line.ts'

const projection = sqlFile(import.meta.url, './combined.sql')
/** After the text before the request, `" status bytes "referrer" "user agent"`, then anything. */
const afterRequest = [/" (?:\d+|-) (?:\d+|-) "/, /" "/, /"/] as const

const meaning = {
  time: 'when the answer had ended (nginx), or the request had come (Apache)',
  bytes: 'as the server is told to log them: nginx the body’s, Apache’s `%O` with headers and its `%b` the body’s',
  cache: 'nginx’s `$upstream_cache_status` or Varnish’s hit or miss among what follows, unquoted; else not logged',
}

const recogniserOf = (prefix: LinePrefix) => inOrder(new RegExp(prefixPattern(prefix)), ...afterRequest)
const userRecogniserOf = (prefix: 'client' | 'hostClient') => inOrder(new RegExp(userPattern(prefix)), ...afterRequest)

/** The combined format of nginx and Apache. It names no domain; `--domain` does. */
export const combined: LogFormat = {
  name: 'combined',
  title: 'nginx and Apache combined log',
  namesDomain: false,
  example: '198.51.100.7 - - [01/Sep/2026:08:00:01 +0800] "GET /a/b.jpg?v=2 HTTP/1.1" 200 10240 "-" "curl/8.0"',
  recognises: recogniserOf('client'),
  recognisesUser: userRecogniserOf('client'),
  meaning,
  projection: fillSlots(projection, prefixSlots('client')),
}

/** As `combined`, after the virtual host's name, with or without a port: Apache's vhost_combined. */
export const combinedWithHost: LogFormat = {
  name: 'combined_vhost',
  title: 'combined log with a leading virtual host',
  namesDomain: true,
  example:
    'www.example.com:443 198.51.100.7 - - [01/Sep/2026:08:00:01 +0800] "GET /a/b.jpg HTTP/1.1" 200 10588 "-" "curl/8.0"',
  recognises: recogniserOf('hostClient'),
  recognisesUser: userRecogniserOf('hostClient'),
  meaning,
  projection: fillSlots(projection, prefixSlots('hostClient')),
}

/** lighttpd's default, and that of some hosters: the host stands where other servers write the identity. */
export const combinedHostSecond: LogFormat = {
  name: 'combined_host_second',
  title: 'combined log with the host in the identity’s place, as lighttpd writes it',
  namesDomain: true,
  example:
    '198.51.100.7 www.example.com - [01/Sep/2026:08:00:01 +0800] "GET /a/b.jpg HTTP/1.1" 200 10240 "-" "curl/8.0"',
  recognises: recogniserOf('clientHost'),
  meaning,
  projection: fillSlots(projection, prefixSlots('clientHost')),
}

/** As `combined`, with the virtual host's name behind the client. */
export const combinedHostAfterClient: LogFormat = {
  name: 'combined_client_vhost',
  title: 'combined log with the virtual host behind the client',
  namesDomain: true,
  example:
    '198.51.100.7 www.example.com - - [01/Sep/2026:08:00:01 +0800] "GET /a/b.jpg HTTP/1.1" 200 10240 "-" "curl/8.0"',
  recognises: recogniserOf('clientHostUser'),
  meaning,
  projection: fillSlots(projection, prefixSlots('clientHostUser')),
}

/** The default of varnishncsa: combined, with the whole URL in the request line. Bytes are the body's. */
export const varnish: LogFormat = {
  name: 'varnish',
  title: 'Varnish NCSA log',
  namesDomain: true,
  hasDomainInRequest: true,
  example:
    '198.51.100.7 - - [01/Sep/2026:08:00:01 +0800] "GET http://www.example.com/a/b.jpg HTTP/1.1" 200 10240 "-" "curl/8.0"',
  recognises: inOrder(new RegExp(`${prefixPattern('client')}[A-Z]+ https?://`), ...afterRequest),
  meaning,
  projection: fillSlots(projection, {
    ...prefixSlots('client'),
    host: `extract(parts[2], '^[A-Z]+ [A-Za-z][A-Za-z0-9+.-]*://([^/?# ]*)(?:[/?#]| HTTP/[0-9.]+$)')`,
  }),
}
