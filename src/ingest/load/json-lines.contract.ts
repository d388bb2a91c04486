import { askedBy, common, counts, rejected } from './example-cases.contract.ts'
import { casesOf } from './json-cases.contract.ts'
import { type LineCase, seconds } from './line-case.contract.ts'

const beijing = { country: 'cn', province: 'beijing', carrier: 'dianxin' }

export const jsonCases: Record<string, LineCase[]> = {
  nginx_json: casesOf('nginx_json', { ...common, durationMs: 4 }, [
    counts('has the body’s bytes without others', '"bytes_sent":"10588",', '', { bytes: 10_240 }),
    counts('has its target in the request line', '"request_uri":"/a/b.jpg?v=2"', '"request":"PUT /x?y=1 HTTP/2.0"', {
      path: '/x',
      query: 'y=1',
    }),
    counts('has its target in uri and args', '"request_uri":"/a/b.jpg?v=2"', '"uri":"/x","args":"y=1"', {
      path: '/x',
      query: 'y=1',
    }),
    counts('is timed in seconds', '"time_iso8601":"2026-09-01T08:00:01+08:00"', '"msec":1788220802.005', {
      time: seconds('2026-09-01T00:00:02Z'),
    }),
    counts(
      'is timed as combined is',
      '"time_iso8601":"2026-09-01T08:00:01+08:00"',
      '"time_local":"01/Sep/2026:08:00:03 +0800"',
      {
        time: seconds('2026-09-01T00:00:03Z'),
      },
    ),
    counts('is timed by @timestamp', '"time_iso8601"', '"@timestamp"', { time: common.time as number }),
    counts('has the name of the server without a host', '"host":"www.example.com"', '"server_name":"s.example.com"', {
      domain: 's.example.com',
    }),
    counts('is a miss', '"HIT"', '"EXPIRED"', { cache: 'miss' }),
    counts('says nothing of the cache', '"HIT"', '"-"', { cache: 'unknown' }),
    rejected('has no status for nothing', '"status":"200"', '"status":""', 'bad_status'),
    rejected('has no time in words', '2026-09-01T08:00:01+08:00', 'today', 'bad_time'),
  ]),
  huawei_realtime: casesOf('huawei_realtime', { ...common, durationMs: 14 }, [
    counts('has no query for -', '"uri_param":"v=2"', '"uri_param":"-"', { query: '' }),
    counts('is a miss', '"hit_info":"HIT"', '"hit_info":"MISS"', { cache: 'miss' }),
    counts('says nothing of the cache for -', '"hit_info":"HIT"', '"hit_info":"-"', { cache: 'unknown' }),
    counts(
      'has a referrer in parts',
      '"refer_protocol":"-","refer_domain":"-","refer_uri":"-","refer_param":"-"',
      '"refer_protocol":"https","refer_domain":"x.test","refer_uri":"/p","refer_param":"q=1"',
      { referrer: 'https://x.test/p?q=1' },
    ),
    counts('may have numbers that are numbers', '"http_code":"200"', '"http_code":404', { status: 404 }),
    rejected('has no time in words', '"1788220801000"', '"yesterday"', 'bad_time'),
    rejected('has no time beyond the engine’s', '"1788220801000"', '"9788220801000"', 'bad_time'),
    rejected('has no status of letters', '"http_code":"200"', '"http_code":"ok"', 'bad_status'),
    rejected('has no bytes for -', '"response_size":"10588"', '"response_size":"-"', 'bad_bytes'),
    rejected('has no domain for -', '"domain":"www.example.com"', '"domain":"-"', 'no_domain'),
  ]),
  tencent_realtime: casesOf('tencent_realtime', { ...common, durationMs: 35, ...beijing }, [
    counts('has no place for 0', '"isp":"2"', '"isp":"0"', { country: 'cn', province: 'beijing', carrier: '' }),
    counts('is a miss', '"hit":"hit"', '"hit":"miss"', { cache: 'miss' }),
    counts('has no referrer for NULL', '"referer":"-"', '"referer":"NULL"', { referrer: '' }),
    counts('may have its time as text', '"time":1788220801', '"time":"1788220801"', { time: common.time as number }),
    rejected('has no time before 2000', '"time":1788220801', '"time":1', 'time_too_old'),
    rejected('has no bytes below nothing', '"rsp_size":10588', '"rsp_size":-1', 'bad_bytes'),
  ]),
  cloudflare_logpush: casesOf('cloudflare_logpush', { ...common, country: 'de' }, [
    counts('has no country for XX', '"ClientCountry":"de"', '"ClientCountry":"XX"', { country: '' }),
    counts('has no country for Tor', '"ClientCountry":"de"', '"ClientCountry":"T1"', { country: '' }),
    counts('has no country when it says none', '"ClientCountry":"de",', '', { country: '', province: '', carrier: '' }),
    counts('is timed in unix seconds', '"EdgeEndTimestamp":"2026-09-01T00:00:01Z"', '"EdgeEndTimestamp":1788220802', {
      time: seconds('2026-09-01T00:00:02Z'),
    }),
    counts(
      'is timed in unix nanoseconds',
      '"EdgeEndTimestamp":"2026-09-01T00:00:01Z"',
      '"EdgeEndTimestamp":1788220802999999999',
      { time: seconds('2026-09-01T00:00:02Z') },
    ),
    counts('is timed by its start without an end', '"EdgeEndTimestamp":"2026-09-01T00:00:01Z",', '', common),
    counts('is timed by its end alone', '"EdgeStartTimestamp":"2026-09-01T00:00:01Z",', '', common),
    ...['HIT', 'stale', 'updating', 'revalidated', 'stream_hit'].map((state) =>
      counts(`is a hit: ${state}`, '"CacheCacheStatus":"hit"', `"CacheCacheStatus":"${state}"`, { cache: 'hit' }),
    ),
    ...['miss', 'expired', 'bypass', 'dynamic', 'none', 'unknown'].map((state) =>
      counts(`is none: ${state}`, '"CacheCacheStatus":"hit"', `"CacheCacheStatus":"${state}"`, { cache: 'miss' }),
    ),
    counts('says nothing of the cache', ',"CacheCacheStatus":"hit"', '', { cache: 'unknown' }),
    rejected(
      'has no time of another kind',
      '"EdgeEndTimestamp":"2026-09-01T00:00:01Z"',
      '"EdgeEndTimestamp":"1 Sep"',
      'bad_time',
    ),
    counts(
      'is a visitor’s',
      '"CacheCacheStatus"',
      '"ClientRequestSource":"eyeball","WorkerSubrequest":false,"CacheCacheStatus"',
      {
        bytes: 10_588,
      },
    ),
    counts('is a visitor’s by a number', '"CacheCacheStatus"', '"ClientRequestSource":1,"CacheCacheStatus"', {
      bytes: 10_588,
    }),
    ...['edgeWorkerFetch', 'edgeWorkerCacheAPI', 'edgeWorkerKV', '5'].flatMap((source) =>
      askedBy('worker', '"CacheCacheStatus"', `"ClientRequestSource":"${source}","CacheCacheStatus"`),
    ),
    ...askedBy('worker', '"CacheCacheStatus"', '"WorkerSubrequest":true,"CacheCacheStatus"'),
    ...['healthcheck', 'purge', 'alwaysOnline', 'imageResizing', 'inBrowserChallenge', 'of tomorrow'].flatMap(
      (source) => askedBy('edge', '"CacheCacheStatus"', `"ClientRequestSource":"${source}","CacheCacheStatus"`),
    ),
    ...askedBy('other_zone', '"CacheCacheStatus"', '"ClientRequestSource":"orangeToOrange","CacheCacheStatus"'),
    rejected('has no host', '"ClientRequestHost":"www.example.com"', '"ClientRequestHost":""', 'no_domain'),
  ]),
  azure_front_door: casesOf('azure_front_door', { ...common, durationMs: 4 }, [
    counts('has its domain in the URL', '"hostName":"www.example.com",', '', { domain: 'www.example.com' }),
    counts('has numbers that are numbers', '"responseBytes":"10588"', '"responseBytes":10588', { bytes: 10_588 }),
    counts('is a hit of another edge', '"HIT"', '"REMOTE_HIT"', { cache: 'hit' }),
    ...['MISS', 'CONFIG_NOCACHE', 'PRIVATE_NOSTORE'].map((state) =>
      counts(`is none: ${state}`, '"HIT"', `"${state}"`, { cache: 'miss' }),
    ),
    counts('says nothing of the cache', '"HIT"', '"N/A"', { cache: 'unknown' }),
    counts('has a country', '"pop":"FRA"', '"clientCountry":"Germany"', { country: 'de' }),
    ...askedBy('shield', '"isReceivedFromClient":true', '"isReceivedFromClient":false'),
    ...askedBy('shield', '"isReceivedFromClient":true', '"isReceivedFromClient":"False"'),
    rejected('has no time without its zone', '.6479719Z', '', 'bad_time'),
    rejected('is none of a firewall', '"httpStatusCode":"200",', '', 'fields'),
    rejected('is none among other records', '{"time"', '{"records":[{"time', 'fields'),
  ]),
  edgeone: casesOf('edgeone', { ...common, durationMs: 4, country: 'de' }, [
    counts('is timed by its request without an end', '"EdgeEndTime":"2026-09-01T00:00:01Z",', '', common),
    counts('has the body’s bytes for -1', '"EdgeResponseBytes":10588', '"EdgeResponseBytes":-1', { bytes: 10_240 }),
    counts('has no query for -', '"v=2"', '"-"', { query: '' }),
    ...['miss', 'dynamic', 'others'].map((state) =>
      counts(`is none: ${state}`, '"hit"', `"${state}"`, { cache: 'miss' }),
    ),
    counts('says nothing of the cache', '"hit"', '"-"', { cache: 'unknown' }),
    ...askedBy('worker', '"EdgeFunctionSubrequest":0', '"EdgeFunctionSubrequest":1'),
    rejected('has no status for -1', '"EdgeResponseStatusCode":200', '"EdgeResponseStatusCode":-1', 'bad_status'),
    rejected('has no domain for -', '"RequestHost":"www.example.com"', '"RequestHost":"-"', 'no_domain'),
  ]),
  fastly_json: casesOf('fastly_json', { ...common, bytes: 10_240, country: 'de' }, [
    counts('has a country by its code', '"germany"', '"BR"', { country: 'br' }),
    counts('has a country of two words', '"germany"', '"South Korea"', { country: 'kr' }),
    counts('has no country by a name that we have no code for', '"germany"', '"atlantis"', { country: '' }),
    counts('is a miss', '"HIT-CLUSTER"', '"MISS"', { cache: 'miss' }),
    counts('is passed', '"HIT-CLUSTER"', '"PASS"', { cache: 'miss' }),
    counts('may have its offset with a colon', '+0000', '+00:00', { time: common.time as number }),
    ...askedBy('shield', '"fastly_is_edge":true', '"fastly_is_edge":false'),
  ]),
  akamai_datastream2: casesOf('akamai_datastream2', { ...common, durationMs: 4, country: 'de' }, [
    counts('has bytes without a total', '"totalBytes":"10588",', '', { bytes: 10_240 }),
    counts('has its slash', '"reqPath":"a/b.jpg"', '"reqPath":"/a/b.jpg"', { path: '/a/b.jpg' }),
    counts('is a miss', '"cacheStatus":"1"', '"cacheStatus":"0"', { cache: 'miss' }),
    counts('says nothing of the cache', '"cacheStatus":"1",', '', { cache: 'unknown' }),
  ]),
  google_cloud_cdn: casesOf('google_cloud_cdn', { ...common, durationMs: 4 }, [
    counts('is a hit by its details alone', ',"cacheHit":true', '', { cache: 'hit' }),
    counts(
      'is a miss when nothing says hit',
      '"statusDetails":"response_from_cache"},"httpRequest":{',
      '"statusDetails":"response_sent_by_backend"},"httpRequest":{"cacheHit":false,',
      { cache: 'miss' },
    ),
    counts('has no bytes when it has no size', '"responseSize":"10588",', '', { bytes: 0 }),
    counts('has the port of its URL cut', 'https://www.example.com/', 'https://www.example.com:8443/', {
      domain: 'www.example.com',
    }),
    rejected('has no domain without a URL', 'https://www.example.com/a/b.jpg?v=2', '', 'no_domain'),
  ]),
  caddy_json: casesOf(
    'caddy_json',
    { ...common, bytes: 10_240, cache: 'unknown', referrer: 'https://x.example.com/', durationMs: 0 },
    [
      counts('is timed in milliseconds', '"ts":1788220801.52', '"ts":1788220801520.5', { time: common.time as number }),
      counts('is timed in text', '"ts":1788220801.52', '"ts":"2026-09-01T08:00:01.520+0800"', {
        time: common.time as number,
      }),
      counts(
        'has an address with its port',
        '"remote_ip":"198.51.100.7","client_ip":"198.51.100.7"',
        '"remote_addr":"198.51.100.7:50123"',
        {
          clientIp: '::ffff:198.51.100.7',
        },
      ),
      counts('has the port of its host cut', '"host":"www.example.com"', '"host":"www.example.com:8443"', {
        domain: 'www.example.com',
      }),
      counts('took its time', '"duration":0.00093', '"duration":1.5', { durationMs: 1_500 }),
      counts(
        'is a hit by Cache-Status',
        '"size":10240',
        '"resp_headers":{"Cache-Status":["Souin; hit; ttl=9"]},"size":10240',
        {
          cache: 'hit',
        },
      ),
    ],
  ),
}
