/** Invented lines of access logs, each with its line end. */

export type LineFields = Partial<{
  time: string
  client: string
  domain: string
  path: string
  status: number | string
  bytes: number | string
  cache: string
  referrer: string
  userAgent: string
}>

const defaults = {
  time: '01/Sep/2026:08:00:01 +0800',
  client: '198.51.100.7',
  domain: 'www.example.test',
  path: '/a.jpg',
  status: 200,
  bytes: 1000,
  cache: 'HIT',
  referrer: '-',
  userAgent: 'curl/8.0',
}

/** Huawei Cloud CDN's offline log. */
export function huaweiLine(fields: LineFields = {}): string {
  const f = { ...defaults, ...fields }
  return (
    `[${f.time}] ${f.client} 35 "${f.referrer}" "HTTP/1.1" "GET" "${f.domain}" "${f.path}" ` +
    `${f.status} ${f.bytes} ${f.cache} "${f.userAgent}" "-" 203.0.113.9\n`
  )
}

/** nginx and Apache combined, without a domain. */
export function combinedLine(fields: LineFields = {}): string {
  const f = { ...defaults, ...fields }
  return `${f.client} - - [${f.time}] "GET ${f.path} HTTP/1.1" ${f.status} ${f.bytes} "${f.referrer}" "${f.userAgent}"\n`
}
