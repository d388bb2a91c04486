import { orEmptySql, rfc3339Sql, targetSql } from '../line/field-format.ts'
import { countryOfCodeSql } from '../line/logged-places.ts'
import { jsonFormat, objectWith } from './json-format.ts'

const bytes = `if(f.EdgeResponseBytes IN ('', '-', '-1'), f.EdgeResponseBodyBytes, f.EdgeResponseBytes)`

/** Tencent EdgeOne's log of requests, real-time and offline. A text that is not there is `-`, a number -1. */
export const edgeone = jsonFormat({
  name: 'edgeone',
  title: 'Tencent EdgeOne log of requests, real-time and offline',
  example:
    '{"ContentID":"zone-1a2b","LogTime":"2026-09-01T00:00:02Z","EdgeEndTime":"2026-09-01T00:00:01Z","EdgeFunctionSubrequest":0,' +
    '"ClientIP":"198.51.100.7","ClientRegion":"DE","RequestTime":"2026-09-01T00:00:01Z","RequestHost":"www.example.com",' +
    '"RequestMethod":"GET","RequestUrl":"/a/b.jpg","RequestUrlQueryString":"v=2","RequestUA":"curl/8.0","RequestReferer":"-",' +
    '"EdgeResponseStatusCode":200,"EdgeResponseBytes":10588,"EdgeResponseBodyBytes":10240,"EdgeResponseTime":4,"EdgeCacheStatus":"hit"}',
  recognises: objectWith('RequestHost', 'EdgeResponseStatusCode', 'EdgeResponse(?:Body)?Bytes'),
  meaning: {
    time: '`EdgeEndTime`, when the answer had ended, else `RequestTime`',
    bytes: '`EdgeResponseBytes`, with headers, else `EdgeResponseBodyBytes`',
    cache: '`EdgeCacheStatus`: hit is one',
  },
  askers: ['worker'],
  fields: [
    'EdgeEndTime String',
    'RequestTime String',
    'RequestHost String',
    'ClientIP String',
    'RequestUrl String',
    'RequestUrlQueryString String',
    'RequestReferer String',
    'RequestUA String',
    'RequestMethod String',
    'EdgeResponseStatusCode String',
    'EdgeResponseBytes String',
    'EdgeResponseBodyBytes String',
    'EdgeCacheStatus String',
    'EdgeResponseTime String',
    'ClientRegion String',
    'EdgeFunctionSubrequest String',
  ],
  isLine: `notEmpty(concat(f.EdgeEndTime, f.RequestTime)) AND f.EdgeResponseStatusCode != ''`,
  columns: {
    time: rfc3339Sql(`if(f.EdgeEndTime IN ('', '-'), f.RequestTime, f.EdgeEndTime)`),
    host: 'f.RequestHost',
    client_ip: 'f.ClientIP',
    target: targetSql('f.RequestUrl', 'f.RequestUrlQueryString'),
    referrer: 'f.RequestReferer',
    user_agent: 'f.RequestUA',
    method: orEmptySql('f.RequestMethod'),
    status: 'f.EdgeResponseStatusCode',
    bytes,
    cache: `multiIf(f.EdgeCacheStatus IN ('', '-'), -1, lower(f.EdgeCacheStatus) = 'hit', 1, 0)`,
    duration_ms: 'toUInt32OrZero(f.EdgeResponseTime)',
    country: countryOfCodeSql('f.ClientRegion'),
    asked_by: `if(f.EdgeFunctionSubrequest IN ('1', 'true'), 'worker', '')`,
  },
})
