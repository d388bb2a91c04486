/** Logs of the same requests in every format, in each one's documented syntax, with lines among them that are none. */

/** Hosts, statuses and sizes in turns: what it is does not matter, only that it is much of everything. */
export function sampleRequests(count) {
  const startS = Date.parse('2026-09-01T00:00:01Z') / 1000
  return Array.from({ length: count }, (_, n) => ({
    timeS: startS + n * 7,
    client: n % 5 === 0 ? `2001:db8::${(n % 4_000) + 1}` : `198.51.100.${n % 250}`,
    host: ['www', 'static', 'video', 'api'][n % 4] + (n % 3 ? '.example.com' : '.example.net'),
    path: `/p${n % 17}/file-${n % 101}.${['jpg', 'css', 'm4s'][n % 3]}`,
    query: n % 2 ? `v=${n % 9}&t=a%20b` : '',
    status: [200, 200, 206, 304, 302, 404, 500, 503][n % 8],
    bytes: (n * 7919) % 1_000_003,
    isHit: n % 3 !== 0,
    ms: (n * 31) % 5_000,
    userAgent: ['Mozilla/5.0 (X11; Linux)', 'curl/8.0', 'okhttp/4.9'][n % 3],
  }))
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const two = (value) => String(value).padStart(2, '0')

/** `01/Sep/2026:08:00:01`, some hours ahead of UTC. */
function clf(timeS, aheadHours = 0) {
  const at = new Date((timeS + aheadHours * 3_600) * 1_000)
  const day = `${two(at.getUTCDate())}/${months[at.getUTCMonth()]}/${at.getUTCFullYear()}`
  return `${day}:${two(at.getUTCHours())}:${two(at.getUTCMinutes())}:${two(at.getUTCSeconds())}`
}
const iso = (timeS) => new Date(timeS * 1_000).toISOString()
const digits = (timeS, aheadHours) =>
  iso(timeS + aheadHours * 3_600)
    .slice(0, 19)
    .replaceAll(/[-T:]/g, '')
const target = (r) => r.path + (r.query ? `?${r.query}` : '')
const words = (r) => (r.isHit ? 'HIT' : 'MISS')
const quoted = (r, bytes = r.bytes) => `"GET ${target(r)} HTTP/1.1" ${r.status} ${bytes}`

/** Columns in the first half of a log, and in the second: a header holds for the lines that follow it. */
const columnsOf = {
  cloudfront: [
    'date time sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) cs(User-Agent) cs-uri-query x-edge-result-type x-host-header time-taken',
    'date time x-edge-location c-ip x-host-header cs-method cs-uri-stem cs-uri-query sc-status cs-bytes sc-bytes x-edge-result-type cs(User-Agent)',
  ],
  w3c: [
    'date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) cs(Referer) cs-host sc-status sc-substatus sc-win32-status sc-bytes cs-bytes time-taken',
    'date time cs-host c-ip cs-method cs-uri-stem cs-uri-query sc-status cs-bytes sc-bytes time-taken cs(User-Agent)',
  ],
}

/** A line of the values that its columns name. */
const inColumns = (columns, separator, values) =>
  columns
    .split(' ')
    .map((name) => values[name] ?? '-')
    .join(separator)

const json = (make) => (r) => JSON.stringify(make(r))

const writers = {
  huawei_offline: (r) =>
    `[${clf(r.timeS, 8)} +0800] ${r.client} ${r.ms} "-" "HTTP/1.1" "GET" "${r.host}" "${r.path}" ${r.status} ${r.bytes} ${words(r)} "${r.userAgent}" "-" 203.0.113.9`,
  huawei_realtime: json((r) => ({
    ...{ request_time: String(r.timeS * 1_000 + 7), domain: r.host, method: 'GET', scheme: 'https', uri: r.path },
    ...{ uri_param: r.query || '-', client_ip: r.client, refer_domain: '-', response_time: String(r.ms) },
    ...{ response_size: String(r.bytes), http_code: String(r.status), hit_info: words(r), user_agent: r.userAgent },
  })),
  tencent_realtime: json((r) => ({
    ...{ app_id: 1, client_ip: r.client, hit: words(r).toLowerCase(), host: r.host, http_code: r.status, isp: '2' },
    ...{
      method: 'GET',
      param: r.query,
      prov: '22',
      referer: '-',
      request_time: r.ms,
      rsp_size: r.bytes,
      time: r.timeS,
    },
    ...{ ua: r.userAgent, url: r.path },
  })),
  cloudflare_logpush: json((r) => ({
    ...{ ClientIP: r.client, ClientRequestHost: r.host, ClientRequestMethod: 'GET', ClientRequestURI: target(r) },
    ...{ ClientRequestUserAgent: r.userAgent, EdgeStartTimestamp: iso(r.timeS - 1), EdgeEndTimestamp: iso(r.timeS) },
    ...{ EdgeResponseStatus: r.status, EdgeResponseBytes: r.bytes, CacheCacheStatus: words(r).toLowerCase() },
  })),
  azure_front_door: json((r) => ({
    ...{ time: iso(r.timeS).replace('.000Z', '.6479719Z'), category: 'FrontDoorAccessLog' },
    properties: {
      ...{ httpMethod: 'GET', requestUri: `https://${r.host}:443${target(r)}`, responseBytes: String(r.bytes) },
      ...{ clientIp: r.client, userAgent: r.userAgent, timeTaken: String(r.ms / 1_000), isReceivedFromClient: true },
      ...{ httpStatusCode: String(r.status), cacheStatus: r.isHit ? 'REMOTE_HIT' : 'MISS', pop: 'FRA' },
    },
  })),
  edgeone: json((r) => ({
    ...{ LogTime: iso(r.timeS + 9), RequestTime: iso(r.timeS).replace('.000Z', 'Z'), RequestHost: r.host },
    ...{ ClientIP: r.client, RequestMethod: 'GET', RequestUrl: r.path, RequestUrlQueryString: r.query || '-' },
    ...{ RequestUA: r.userAgent, EdgeResponseStatusCode: r.status, EdgeResponseBytes: r.bytes, EdgeResponseTime: r.ms },
    ...{ EdgeCacheStatus: words(r).toLowerCase(), EdgeFunctionSubrequest: 0 },
  })),
  fastly_json: json((r) => ({
    ...{ timestamp: iso(r.timeS).replace('.000Z', '+0000'), client_ip: r.client, host: r.host, url: target(r) },
    ...{ request_method: 'GET', request_user_agent: r.userAgent, response_state: `${words(r)}-CLUSTER` },
    ...{ response_status: r.status, response_body_size: r.bytes, fastly_is_edge: true },
  })),
  akamai_datastream2: json((r) => ({
    ...{ reqTimeSec: `${r.timeS}.250`, cliIP: r.client, reqHost: r.host, reqMethod: 'GET', reqPath: r.path.slice(1) },
    ...{ queryStr: r.query, UA: encodeURIComponent(r.userAgent), statusCode: String(r.status), bytes: '1' },
    ...{ totalBytes: String(r.bytes), cacheStatus: r.isHit ? '1' : '0', transferTimeMSec: String(r.ms) },
  })),
  google_cloud_cdn: json((r) => ({
    timestamp: iso(r.timeS).replace('.000Z', '.123456Z'),
    jsonPayload: { statusDetails: r.isHit ? 'response_from_cache' : 'response_sent_by_backend' },
    httpRequest: {
      ...{ requestMethod: 'GET', requestUrl: `https://${r.host}${target(r)}`, status: r.status, remoteIp: r.client },
      ...{ responseSize: String(r.bytes), userAgent: r.userAgent, latency: `${r.ms / 1_000}s` },
      ...(r.isHit ? { cacheHit: true } : {}),
    },
  })),
  caddy_json: json((r) => ({
    ...{ level: 'info', ts: r.timeS + 0.5, logger: 'http.log.access', msg: 'handled request' },
    request: {
      ...{ client_ip: r.client, method: 'GET', host: `${r.host}:8443`, uri: target(r) },
      headers: { 'User-Agent': [r.userAgent] },
    },
    ...{ duration: r.ms / 1_000, size: r.bytes, status: r.status },
    resp_headers: { 'Cache-Status': [r.isHit ? 'Souin; hit; ttl=3' : 'Souin; fwd=miss'] },
  })),
  traefik_json: json((r) => ({
    ...{
      ClientAddr: `[${r.client}]:1`,
      ClientHost: r.client,
      DownstreamContentSize: r.bytes,
      DownstreamStatus: r.status,
    },
    ...{ Duration: r.ms * 1_000_000, RequestHost: r.host, RequestMethod: 'GET', RequestPath: target(r) },
    ...{ StartUTC: iso(r.timeS).replace('.000Z', '.587782192Z'), 'request_User-Agent': r.userAgent },
    time: iso(r.timeS + 3),
  })),
  envoy_json: json((r) => ({
    ...{ ':authority': `${r.host}:443`, bytes_sent: r.bytes, duration: r.ms, method: 'GET', response_code: r.status },
    ...{
      start_time: iso(r.timeS),
      'user-agent': r.userAgent,
      'x-envoy-origin-path': target(r),
      upstream_cluster: null,
    },
    'x-forwarded-for': r.client,
  })),
  nginx_json: json((r) => ({
    ...{ time_iso8601: iso(r.timeS).replace('.000Z', '+00:00'), remote_addr: r.client, host: r.host },
    ...{ request: `GET ${target(r)} HTTP/2.0`, status: String(r.status), body_bytes_sent: String(r.bytes) },
    ...{ http_user_agent: r.userAgent, request_time: String(r.ms / 1_000), upstream_cache_status: words(r) },
  })),
  cloudfront: (r, columns) =>
    inColumns(columns, '\t', {
      ...{ date: iso(r.timeS).slice(0, 10), time: iso(r.timeS).slice(11, 19), 'sc-bytes': r.bytes, 'c-ip': r.client },
      ...{
        'cs-method': 'GET',
        'cs(Host)': 'd1.cloudfront.net',
        'cs-uri-stem': encodeURI(r.path),
        'sc-status': r.status,
      },
      ...{ 'cs(User-Agent)': encodeURIComponent(r.userAgent), 'cs-uri-query': r.query.replace('%', '%25') || '-' },
      ...{ 'x-edge-result-type': r.isHit ? 'RefreshHit' : 'Miss', 'x-host-header': r.host, 'cs-bytes': 77 },
      ...{ 'time-taken': r.ms / 1_000, 'x-edge-location': 'NRT57-P3' },
    }),
  w3c: (r, columns) =>
    inColumns(columns, ' ', {
      ...{ date: iso(r.timeS).slice(0, 10), time: iso(r.timeS).slice(11, 19), 's-ip': '10.0.0.5', 'cs-method': 'GET' },
      ...{ 'cs-uri-stem': r.path, 'cs-uri-query': r.query || '-', 's-port': 443, 'c-ip': r.client, 'cs-host': r.host },
      ...{ 'cs(User-Agent)': r.userAgent.replaceAll(' ', '+'), 'sc-status': r.status, 'sc-substatus': 0 },
      ...{ 'sc-win32-status': 0, 'sc-bytes': r.bytes, 'cs-bytes': 312, 'time-taken': r.ms },
    }),
  aws_alb: (r) =>
    `h2 ${iso(r.timeS).replace('000Z', '123456Z')} app/lb/50dc6c ${r.client}:50123 10.0.0.5:80 0.001 0.002 -1 ${r.status} ${r.status} 312 ${r.bytes} "GET https://${r.host}:443${target(r)} HTTP/2.0" "${r.userAgent}" TLS_AES_128_GCM_SHA256 TLSv1.3 arn:aws:elasticloadbalancing:x:1:targetgroup/web/73 "Root=1-66d3-36d2" "${r.host}" "session-reused" 1 ${iso(r.timeS)} "forward" "-" "-" "10.0.0.5:80" "${r.status}" "-" "-" TID_1a`,
  aws_elb: (r) =>
    `${iso(r.timeS).replace('000Z', '123456Z')} lb ${r.client}:50123 10.0.0.5:80 0.000073 0.001048 0.000057 ${r.status} ${r.status} 0 ${r.bytes} "GET https://${r.host}:443${target(r)} HTTP/1.1" "${r.userAgent}" - -`,
  aws_s3: (r) =>
    `79a59df900b949e5 ${r.host} [${clf(r.timeS)} +0000] ${r.client} - 3E57427F3 REST.GET.OBJECT ${r.path.slice(1)} "GET ${target(r)} HTTP/1.1" ${r.status} - ${r.bytes} 1000003 ${r.ms} 12 "-" "${r.userAgent}" - s9lzHYrFp76= SigV4 - AuthHeader s3.amazonaws.com TLSv1.2 - -`,
  bunny: (r) =>
    `${words(r)}|${r.status}|${r.timeS}123|${r.bytes}|1234567|${r.client}|-|https://${r.host}${target(r)}|DE|${r.userAgent}|322b688bd63fb63f2babe9de30a5d262|DE`,
  keycdn: (r) =>
    `${r.timeS}.123|defr|${r.client}|${r.status}|${r.bytes}|uid1|zid4|${r.host}|${words(r)}|"GET ${target(r)} HTTP/1.1"|[${clf(r.timeS, 2)} +0200]|"-"|"${r.userAgent}"|https|TLSv1.3|DE|HE|"AS64496 Example, Inc."|-`,
  upyun: (r) =>
    `${r.client} - - [${clf(r.timeS, 8)} +0800] "GET http://${r.host}${target(r)} HTTP/1.1" ${r.status} ${r.bytes} "-" "${r.userAgent}" "image/jpeg" 0 ${r.isHit ? 'Hit' : 'Miss'} "C/200" Static "public, max-age=900" 0.014 203.0.113.9`,
  baidu_offline: (r) =>
    `${r.client} 0 - ${r.host} [${clf(r.timeS, 8)} +0800] ${r.ms} "GET ${target(r)} HTTP/1.1" ${r.status} ${r.bytes} ${r.bytes >> 1} "-" "-" "${r.userAgent}" "-" 6f1c0d2a ${words(r)} 203.0.113.9`,
  alibaba_offline: (r) =>
    `[${clf(r.timeS, 8).replace(/^0/, '')} +0800] ${r.client} - ${r.ms} "-" "GET http://${r.host}${target(r)}" ${r.status} 312 ${r.bytes} ${words(r)} "${r.userAgent}" "text/css"`,
  tencent_offline: (r) =>
    `${digits(r.timeS, 8)} ${r.client} ${r.host} ${r.path} ${r.bytes} 22 2 ${r.status} NULL ${r.ms} "${r.userAgent}" "(null)" GET HTTP/1.1 ${words(r).toLowerCase()} 50123`,
  istio: (r) =>
    `[${iso(r.timeS)}] "GET ${target(r)} HTTP/2" ${r.status} - via_upstream - "-" 0 ${r.bytes} ${r.ms} 3 "${r.client}, 10.0.0.1" "${r.userAgent}" "9d1f0a2e-0000-4000-8000-000000000000" "${r.host}:443" "10.0.0.5:8080" outbound|80||web 10.0.0.4:1 10.0.0.4:2 10.0.0.1:3 - default`,
  envoy: (r) =>
    `[${iso(r.timeS)}] "GET ${target(r)} HTTP/2" ${r.status} - 0 ${r.bytes} ${r.ms} 3 "${r.client}, 10.0.0.1" "${r.userAgent}" "9d1f0a2e-0000-4000-8000-000000000000" "${r.host}" "10.0.0.5:8080"`,
  squid: (r) =>
    `${r.timeS}.123 ${String(r.ms).padStart(6)} ${r.client} TCP_${r.isHit ? 'MEM_HIT' : 'MISS'}/${r.status} ${r.bytes} GET http://${r.host}${target(r)} - NONE/- image/jpeg`,
  haproxy: (r) =>
    `${r.client}:50123 [${clf(r.timeS, 8)}.655] fe~ be/srv1 10/0/30/69/${r.ms} ${r.status} ${r.bytes} - - ---- 1/1/1/1/0 0/0 {${r.host}|curl} {} "GET ${target(r)} HTTP/1.1"`,
  ats_extended: (r) =>
    `${r.client} - - [${clf(r.timeS)} -0000] "GET http://${r.host}${target(r)} HTTP/1.1" ${r.status} ${r.bytes} 000 0 0 0 210 348 0 0 0 NONE FIN FIN TCP_${words(r)}`,
  traefik: (r) =>
    `${r.client} - - [${clf(r.timeS, 8)} +0800] ${quoted(r)} "-" "${r.userAgent}" 12 "web@docker" "http://10.0.0.5:80" ${r.ms}ms`,
  nginx_ingress: (r) =>
    `${r.client} - - [${clf(r.timeS, 8)} +0800] ${quoted(r)} "-" "${r.userAgent}" 310 ${(r.ms / 1_000).toFixed(3)} [default-web-80] [] 10.0.0.5:80, 10.0.0.6:80 0, ${r.bytes} 0.001, 0.002 502, ${r.status} 3db73c6c`,
  ltsv: (r) =>
    [
      ...[`time:[${clf(r.timeS, 8)} +0800]`, `host:${r.client}`, 'user:-', `req:GET ${target(r)} HTTP/1.1`],
      ...[`ua:${r.userAgent}`, `status:${r.status}`, `size:${r.bytes}`, `reqtime:${r.ms / 1_000}`, `cache:${words(r)}`],
      `vhost:${r.host}`,
    ].join('\t'),
  varnish: (r) =>
    `${r.client} - - [${clf(r.timeS, 8)} +0800] "GET http://${r.host}${target(r)} HTTP/1.1" ${r.status} ${r.bytes} "-" "${r.userAgent}" ${words(r).toLowerCase()}`,
  combined_vhost: (r) =>
    `${r.host}:443 ${r.client} - - [${clf(r.timeS, 8)} +0800] ${quoted(r)} "-" "${r.userAgent}" "198.51.100.1" ${(r.ms / 1_000).toFixed(3)} ${words(r)}`,
  combined_host_second: (r) => `${r.client} ${r.host} - [${clf(r.timeS, 8)} +0800] ${quoted(r)} "-" "${r.userAgent}"`,
  combined_client_vhost: (r) =>
    `${r.client} ${r.host} - - [${clf(r.timeS, 8)} +0800] ${quoted(r)} "-" "${r.userAgent}"`,
  common_host_second: (r) => `${r.client} ${r.host} - [${clf(r.timeS)} +0000] ${quoted(r)}`,
  combined: (r) => `${r.client} - - [${clf(r.timeS, -5)} -0500] ${quoted(r)} "-" "${r.userAgent}"`,
  common_vhost: (r) => `${r.host} ${r.client} - - [${clf(r.timeS)} +0000] ${quoted(r)}`,
  common: (r) => `${r.client} - - [${clf(r.timeS)} +0000] ${quoted(r)}`,
}

export const sampledFormats = Object.keys(writers)

/** A log of the requests, with broken lines here and there, how many these are, and how many headers and blank lines. */
export function sampleLog(format, requests, { broken: isBroken = true } = {}) {
  const write = writers[format]
  if (!write) throw new Error(`no sample of ${format}`)
  const orders = columnsOf[format]
  const half = requests.length >> 1
  let headers = 0
  const headerAt = (n) => {
    if (!orders || (n !== 0 && (n !== half || !isBroken))) return []
    headers += 2
    return ['#Version: 1.0', `#Fields: ${orders[n === 0 ? 0 : 1]}`]
  }
  const lines = requests.flatMap((request, n) => {
    const line = write(request, orders?.[isBroken && n >= half ? 1 : 0])
    const above = headerAt(n)
    if (!isBroken) return [...above, line]
    // Cut before its figures, or no line at all. A line cut behind its figures may count.
    if (n % 100 === 50) return [...above, line, line.slice(0, line.length >> 2)]
    return n % 100 === 75 ? [...above, line, 'what a pity', ''] : [...above, line]
  })
  const every = (at) => (isBroken ? requests.filter((_, n) => n % 100 === at).length : 0)
  return { text: `${lines.join('\n')}\n`, broken: every(50) + every(75), headers: headers + every(75) }
}
