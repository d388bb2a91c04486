import { columnsOf, type PartTexts } from '../line/line-parts.ts'
import { nginxVariables } from '../line/nginx-variables.ts'
import { jsonFormat, objectWith } from './json-format.ts'

const names = Object.keys(nginxVariables)
/** Each line has one of them. */
const times = [...names.filter((name) => nginxVariables[name] === 'time'), '`@timestamp`', 'timestamp']

const parts: PartTexts = {}
for (const [name, part] of Object.entries(nginxVariables)) {
  parts[part] = [...(parts[part] ?? []), `f.${name}`]
}

/**
 * nginx's `log_format … escape=json` whose names are those of the variables. `@timestamp` and `timestamp` are common
 * names for the time.
 */
export const nginxJson = jsonFormat({
  name: 'nginx_json',
  title: 'nginx log_format in JSON, its names those of the variables',
  example:
    '{"time_iso8601":"2026-09-01T08:00:01+08:00","remote_addr":"198.51.100.7","host":"www.example.com","request_method":"GET",' +
    '"request_uri":"/a/b.jpg?v=2","server_protocol":"HTTP/2.0","status":"200","bytes_sent":"10588","body_bytes_sent":"10240",' +
    '"http_referer":"","http_user_agent":"curl/8.0","request_time":"0.004","upstream_cache_status":"HIT"}',
  recognises: objectWith(
    'time_iso8601|msec|time_local|@timestamp|timestamp',
    'status',
    '(?:body_)?bytes_sent',
    'request|request_uri|uri',
  ),
  meaning: {
    time: 'when the answer had ended',
    bytes: '`bytes_sent` with headers where it is logged, else `body_bytes_sent`',
    cache: '`upstream_cache_status`: HIT, STALE, UPDATING and REVALIDATED are hits',
  },
  fields: [...new Set([...names, ...times])].map((name) => `${name} String`),
  isLine: `notEmpty(concat(${times.map((name) => `f.${name}`).join(', ')}))`,
  columns: columnsOf({ ...parts, time: times.map((name) => `f.${name}`) }),
})
