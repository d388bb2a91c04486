import { targetSql, unixTextSql } from '../line/field-format.ts'
import { countryOfCodeSql } from '../line/logged-places.ts'
import { jsonFormat, objectWith } from './json-format.ts'

/** Akamai DataStream 2, JSON. Most numbers are text. Bytes are `totalBytes`, with headers, else `bytes`, the body's. */
export const akamaiDatastream = jsonFormat({
  name: 'akamai_datastream2',
  title: 'Akamai DataStream 2, JSON',
  example:
    '{"version":"1","cp":"123456","reqId":"1a2b3c","reqTimeSec":"1788220801.123","bytes":"10240","totalBytes":"10588",' +
    '"cliIP":"198.51.100.7","statusCode":"200","proto":"HTTPS","reqHost":"www.example.com","reqMethod":"GET",' +
    '"reqPath":"a/b.jpg","queryStr":"v=2","UA":"curl%2F8.0","cacheStatus":"1","country":"DE","transferTimeMSec":"4"}',
  recognises: objectWith('reqTimeSec', 'reqHost', 'statusCode'),
  meaning: {
    time: '`reqTimeSec`: when the request came',
    bytes: '`totalBytes`, with headers, else `bytes`, the body’s',
    cache: '`cacheStatus`: 0 is a miss',
  },
  fields: [
    'reqTimeSec String',
    'reqHost String',
    'cliIP String',
    'reqPath String',
    'queryStr String',
    'referer String',
    'UA String',
    'reqMethod String',
    'statusCode String',
    'totalBytes String',
    'bytes String',
    'cacheStatus String',
    'transferTimeMSec String',
    'country String',
  ],
  columns: {
    time: unixTextSql('f.reqTimeSec'),
    host: 'f.reqHost',
    client_ip: 'f.cliIP',
    // The leading slash may be missing.
    target: targetSql(`if(startsWith(f.reqPath, '/'), f.reqPath, concat('/', f.reqPath))`, 'f.queryStr'),
    referrer: 'decodeURLComponent(f.referer)',
    user_agent: 'decodeURLComponent(f.UA)',
    method: 'f.reqMethod',
    status: 'f.statusCode',
    bytes: `if(f.totalBytes IN ('', '-'), f.bytes, f.totalBytes)`,
    cache: `multiIf(f.cacheStatus IN ('', '-'), -1, f.cacheStatus != '0', 1, 0)`,
    duration_ms: 'toUInt32OrZero(f.transferTimeMSec)',
    country: countryOfCodeSql('f.country'),
  },
})
