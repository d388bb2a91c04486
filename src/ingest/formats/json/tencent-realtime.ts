import { targetSql, unixTextSql } from '../line/field-format.ts'
import { tencentPlaceSql } from '../line/logged-places.ts'
import { jsonFormat, objectWith } from './json-format.ts'

/** Tencent Cloud CDN's real-time log. `request_time` is the duration; bytes are the answer's, with headers. */
export const tencentRealtime = jsonFormat({
  name: 'tencent_realtime',
  title: 'Tencent Cloud CDN real-time log',
  example:
    '{"app_id":1250000000,"client_ip":"198.51.100.7","file_size":10240,"hit":"hit","host":"www.example.com","http_code":200,' +
    '"isp":"2","method":"GET","param":"v=2","proto":"HTTP/1.1","prov":"22","referer":"-","request_time":35,"rsp_size":10588,' +
    '"time":1788220801,"ua":"curl/8.0","url":"/a/b.jpg","uuid":"77","version":2}',
  recognises: objectWith('rsp_size', 'host', 'http_code', ['time', '"?\\d{10}\\b']),
  meaning: {
    time: 'when the request came',
    bytes: 'the answer’s, with headers',
    cache: '`hit`: that of a parent node is one too',
  },
  fields: [
    'time String',
    'host String',
    'client_ip String',
    'url String',
    'param String',
    'referer String',
    'ua String',
    'method String',
    'http_code String',
    'rsp_size String',
    'hit String',
    'request_time String',
    'prov String',
    'isp String',
  ],
  columns: {
    time: unixTextSql('f.time'),
    host: 'f.host',
    client_ip: 'f.client_ip',
    target: targetSql('f.url', 'f.param'),
    referrer: `if(f.referer = 'NULL', '', f.referer)`,
    user_agent: 'f.ua',
    method: 'f.method',
    status: 'f.http_code',
    bytes: 'f.rsp_size',
    cache: `multiIf(lower(f.hit) = 'hit', 1, f.hit IN ('', '-'), -1, 0)`,
    duration_ms: 'toUInt32OrZero(f.request_time)',
    ...tencentPlaceSql('f.prov', 'f.isp'),
  },
})
