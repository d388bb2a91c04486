import { rfc3339Sql } from '../line/field-format.ts'
import { countryOfNameSql } from '../line/logged-places.ts'
import { jsonFormat, objectWith } from './json-format.ts'

/**
 * Fastly's common JSON template. Bytes are the body's. A shield's lines, with `fastly_is_edge` false, are hops of
 * requests that the edge has logged, so they do not count.
 */
export const fastlyJson = jsonFormat({
  name: 'fastly_json',
  title: 'Fastly JSON template',
  example:
    '{"timestamp":"2026-09-01T00:00:01+0000","client_ip":"198.51.100.7","geo_country":"germany","host":"www.example.com","url":"/a/b.jpg?v=2",' +
    '"request_method":"GET","request_protocol":"HTTP/1.1","request_referer":"","request_user_agent":"curl/8.0",' +
    '"response_state":"HIT-CLUSTER","response_status":200,"response_body_size":10240,"fastly_is_edge":true}',
  recognises: objectWith('timestamp', 'response_state', 'fastly_\\w+|response_body_size'),
  meaning: {
    time: '`timestamp`, as the template writes it',
    bytes: 'the body’s',
    cache: '`response_state` that begins with HIT',
  },
  askers: ['shield'],
  fields: [
    'timestamp String',
    'host String',
    'client_ip String',
    'url String',
    'request_referer String',
    'request_user_agent String',
    'request_method String',
    'response_status String',
    'response_body_size String',
    'response_state String',
    'fastly_is_edge String',
    'geo_country String',
  ],
  columns: {
    asked_by: `if(f.fastly_is_edge IN ('false', '0'), 'shield', '')`,
    time: rfc3339Sql('f.timestamp'),
    host: 'f.host',
    client_ip: 'f.client_ip',
    target: 'f.url',
    referrer: 'f.request_referer',
    user_agent: 'f.request_user_agent',
    method: 'f.request_method',
    status: 'f.response_status',
    bytes: 'f.response_body_size',
    cache: `multiIf(f.response_state = '', -1, startsWith(f.response_state, 'HIT'), 1, 0)`,
    country: countryOfNameSql('f.geo_country'),
  },
})
