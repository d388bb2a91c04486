import { rfc3339Sql } from '../line/field-format.ts'
import { inboundSql } from '../line/istio-cluster.ts'
import { jsonFormat, objectWith } from './json-format.ts'

/** Istio's names, then those of Envoy Gateway and Contour. */
const first = (...names: string[]) =>
  `multiIf(${names.map((name) => `f.\`${name}\` NOT IN ('', '-'), f.\`${name}\``).join(', ')}, '')`
const names = [
  ...['response_code', 'bytes_sent', 'start_time', '@timestamp', 'authority', ':authority', 'method', 'duration'],
  ...['x_forwarded_for', 'x-forwarded-for', 'downstream_remote_address', 'user_agent', 'user-agent', 'referer'],
  ...['path', 'x-envoy-origin-path', 'x_envoy_origin_path', 'uri_path', 'upstream_cluster'],
]

/** Envoy's access log in JSON, as Istio, Envoy Gateway and Contour configure it. */
export const envoyJson = jsonFormat({
  name: 'envoy_json',
  title: 'Envoy access log in JSON, as of Istio, Envoy Gateway and Contour',
  example:
    '{"start_time":"2026-09-01T00:00:01.479Z","method":"GET","path":"/a/b.jpg?v=2","protocol":"HTTP/2","response_code":200,' +
    '"response_flags":"-","bytes_received":0,"bytes_sent":10240,"duration":4,"upstream_service_time":"3","x_forwarded_for":' +
    '"198.51.100.7","user_agent":"curl/8.0","request_id":"3bbc0252","authority":"www.example.com","upstream_host":"10.0.0.5:8080",' +
    '"upstream_cluster":"outbound|80||web.default.svc.cluster.local","downstream_remote_address":"198.51.100.7:59292"}',
  recognises: objectWith('response_code', 'bytes_sent', 'start_time|@timestamp', ':?authority'),
  meaning: {
    time: '`start_time`: when the request came',
    bytes: 'the body’s',
    cache: 'not logged',
  },
  askers: ['inbound'],
  fields: names.map((name) => `\`${name}\` String`),
  isLine: `f.response_code != '' AND notEmpty(concat(f.start_time, f.\`@timestamp\`))`,
  columns: {
    time: rfc3339Sql(first('start_time', '@timestamp')),
    host: first('authority', ':authority'),
    client_ip: first('x_forwarded_for', 'x-forwarded-for', 'downstream_remote_address'),
    target: first('path', 'x-envoy-origin-path', 'x_envoy_origin_path', 'uri_path'),
    referrer: 'f.referer',
    user_agent: first('user_agent', 'user-agent'),
    method: first('method'),
    status: 'f.response_code',
    bytes: 'f.bytes_sent',
    duration_ms: 'toUInt32OrZero(f.duration)',
    asked_by: inboundSql('f.upstream_cluster'),
  },
})
