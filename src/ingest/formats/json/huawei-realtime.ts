import { orEmptySql, targetSql, unixSecondsSql } from '../line/field-format.ts'
import { jsonFormat, objectWith } from './json-format.ts'

/**
 * Huawei Cloud CDN's real-time log: every value is a string, `-` for an absent one. Bytes are the answer's, with
 * headers.
 */
export const huaweiRealtime = jsonFormat({
  name: 'huawei_realtime',
  title: 'Huawei Cloud CDN real-time log',
  example:
    '{"request_time":"1788220801000","domain":"www.example.com","method":"GET","scheme":"https","uri":"/a/b.jpg",' +
    '"uri_param":"v=2","client_ip":"198.51.100.7","refer_protocol":"-","refer_domain":"-","refer_uri":"-","refer_param":"-",' +
    '"response_time":"14","response_size":"10588","http_code":"200","hit_info":"HIT","user_agent":"curl/8.0"}',
  recognises: objectWith(['request_time', '"?\\d{13}\\b'], 'http_code', 'hit_info', 'uri'),
  meaning: {
    time: 'when the request came',
    bytes: 'the answer’s, with headers',
    cache: '`hit_info`: `HIT` is one, `-` is not logged',
  },
  fields: [
    'request_time String',
    'domain String',
    'client_ip String',
    'uri String',
    'uri_param String',
    'refer_protocol String',
    'refer_domain String',
    'refer_uri String',
    'refer_param String',
    'user_agent String',
    'method String',
    'http_code String',
    'response_size String',
    'hit_info String',
    'response_time String',
  ],
  columns: {
    time: unixSecondsSql(`intDiv(toUInt64OrNull(replaceOne(f.request_time, '+', 'x')), 1000)`),
    host: 'f.domain',
    client_ip: 'f.client_ip',
    target: targetSql('f.uri', 'f.uri_param'),
    // The log has the referrer's parts in separate fields.
    referrer: `if(f.refer_domain IN ('', '-'), '', concat(${orEmptySql('f.refer_protocol')}, if(f.refer_protocol IN ('', '-'), '', '://'), f.refer_domain, ${orEmptySql('f.refer_uri')}, if(f.refer_param IN ('', '-'), '', concat('?', f.refer_param))))`,
    user_agent: 'f.user_agent',
    method: 'f.method',
    status: 'f.http_code',
    bytes: 'f.response_size',
    cache: `multiIf(f.hit_info = 'HIT', 1, f.hit_info IN ('', '-'), -1, 0)`,
    duration_ms: 'toUInt32OrZero(f.response_time)',
  },
})
