import { rfc3339Sql, scaledToMsSql } from '../line/field-format.ts'
import { jsonFormat, objectWith } from './json-format.ts'

const first = (...names: string[]) =>
  `multiIf(${names.map((name) => `f.${name} NOT IN ('', '-'), f.${name}`).join(', ')}, '')`

/** Traefik's access log in JSON. Headers are logged only where it is told so. */
export const traefikJson = jsonFormat({
  name: 'traefik_json',
  title: 'Traefik access log in JSON',
  example:
    '{"ClientAddr":"198.51.100.7:39496","ClientHost":"198.51.100.7","ClientPort":"39496","DownstreamContentSize":10240,' +
    '"DownstreamStatus":200,"Duration":4000000,"OriginStatus":200,"RequestAddr":"www.example.com:8443","RequestHost":"www.example.com",' +
    '"RequestMethod":"GET","RequestPath":"/a/b.jpg?v=2","RequestProtocol":"HTTP/2.0","RouterName":"web@docker",' +
    '"StartUTC":"2026-09-01T00:00:01.587782192Z","level":"info","msg":"","request_User-Agent":"curl/8.0","time":"2026-09-01T00:00:01Z"}',
  recognises: objectWith('DownstreamStatus', 'DownstreamContentSize', 'RequestPath'),
  meaning: {
    time: '`StartUTC`, else `StartLocal`: when the request came; else `time`',
    bytes: '`DownstreamContentSize`, the body’s',
    cache: 'not logged',
  },
  fields: [
    'DownstreamStatus String',
    'DownstreamContentSize String',
    'StartUTC String',
    'StartLocal String',
    'time String',
    'RequestHost String',
    'RequestAddr String',
    'ClientHost String',
    'ClientAddr String',
    'RequestPath String',
    'RequestMethod String',
    'Duration String',
    '`request_Referer` String',
    '`request_User-Agent` String',
  ],
  columns: {
    time: rfc3339Sql(first('StartUTC', 'StartLocal', 'time')),
    host: first('RequestHost', 'RequestAddr'),
    client_ip: first('ClientHost', 'ClientAddr'),
    target: 'f.RequestPath',
    referrer: 'f.request_Referer',
    user_agent: 'f.`request_User-Agent`',
    method: 'f.RequestMethod',
    status: 'f.DownstreamStatus',
    bytes: 'f.DownstreamContentSize',
    // Nanoseconds.
    duration_ms: scaledToMsSql('f.Duration', 1e-6),
  },
})
