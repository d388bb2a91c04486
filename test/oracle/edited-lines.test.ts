import { Readable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { logFormats } from '../../src/ingest/formats/known-formats.ts'
import type { LogFormat } from '../../src/ingest/formats/line/log-format.ts'
import { ownFormats } from '../../src/ingest/formats/own/user-formats.ts'
import { formatByName } from '../../src/ingest/formats/recognise.ts'
import { formatOf } from '../../src/ingest/identify/delivered.ts'
import { surveyed } from '../../src/ingest/identify/survey-content.ts'
import { loadParameters, loadStatements } from '../../src/ingest/load/load-statements.ts'
import { startTestEngine } from '../harness/engine.ts'
import { type Sample, sampledFormats, sampleLog } from './format-samples.mjs'
import {
  type Column,
  type Edit,
  editOf,
  type Figures,
  faultOf,
  type Line,
  lineOf,
  type Rules,
  randomOf,
} from './line-edits.ts'

const seed = Number(process.env['FLUXPORT_TEST_SEED'] ?? 20_260_901)
const lineCount = 150
/** A long run has each format with a stated domain and without; a short one has every other format with it. */
const longRun = process.env['FLUXPORT_TEST_EDITS']
const editCount = Number(longRun ?? 100)
const nowMs = Date.parse('2026-09-02T00:00:00Z')
const defaultDomain = 'stated.example.test'

const isPrime = (n: number) =>
  Array.from({ length: Math.floor(Math.sqrt(n)) - 1 }, (_, d) => d + 2).every((d) => n % d !== 0)
const primes = Array.from({ length: 20_000 }, (_, n) => 20_001 + n).filter(isPrime)

/** A request of which no two have a value in common. */
const requestOf = (n: number): Sample => ({
  timeS: Date.parse('2026-08-30T10:00:00Z') / 1000 + n * 67,
  client: `203.0.${100 + (n >> 8)}.${n & 255}`,
  host: `n${100 + n}.example.test`,
  path: `/p${n}/file.jpg`,
  query: n % 2 ? 'v=9&t=a%20b' : '',
  status: [200, 206, 304, 404, 499, 503][n % 6] as number,
  bytes: primes[n] as number,
  isHit: n % 3 !== 0,
  ms: 1_000 + n,
  userAgent: ['Mozilla/5.0 (X11; Linux)', 'curl/8.0', 'okhttp/4.9'][n % 3] as string,
})

/** The same request with one column of another value, whose text is as long. */
const changed: Record<Column, (request: Sample) => Sample> = {
  domain: (r) => ({ ...r, host: r.host.replace('n', 'm') }),
  client: (r) => ({ ...r, client: r.client.replace('203', '204') }),
  time: (r) => ({ ...r, timeS: r.timeS + 90_061 }),
  status: (r) => ({ ...r, status: r.status + 1 }),
  bytes: (r) => ({ ...r, bytes: r.bytes + 1 }),
}

/** In these a client chooses the domain, or it is a bucket's: a stated one holds. */
const holdsStated = ['haproxy', 'aws_s3', 'aws_elb']
const isStated = ({ namesDomain, name }: LogFormat, stated: string) =>
  !namesDomain || (stated !== '' && holdsStated.includes(name))

const figuresOf = (r: Sample, format: LogFormat, stated: string): Figures => ({
  ...{ domain: isStated(format, stated) ? stated : r.host, client: r.client, time: r.timeS * 1_000 },
  ...{ status: r.status, bytes: r.bytes },
})

type Kind = { name: string; format: LogFormat; write: (r: Sample) => string; head: string[]; rules: Rules }

/** Lines of a sample without its headers. */
const writtenIn = (format: string) => (r: Sample) =>
  (sampleLog(format, [r], { broken: false }).text.trimEnd().split('\n').at(-1) as string)
    // The size of Traffic Server's answer is that of its header, too.
    .replace(' 210 348 ', ' 210 0 ')

const named = (name: string) => formatByName(logFormats, name) as LogFormat

const endsIn: Record<string, Column[]> = {
  common: ['bytes'],
  common_vhost: ['bytes'],
  common_host_second: ['bytes'],
  // It may end in any field; where a domain is stated, its own is not missed.
  ltsv: ['domain', 'bytes'],
}
const hasUser = ['combined_host_second', 'combined_client_vhost', 'common_host_second']
const noClient = { client: () => ['::'] }
const rulesOf: Record<string, Rules['without']> = {
  // The documentation of each says so.
  google_cloud_cdn: { bytes: () => [0] },
  akamai_datastream2: { bytes: () => [1] },
  traefik_json: { time: ({ time }) => [time + 3_000] },
  cloudfront: { domain: () => ['d1.cloudfront.net'] },
  cloudflare_logpush: { time: ({ time }) => [time - 1_000] },
}

const builtIn: Kind[] = sampledFormats.map((name) => ({
  name,
  format: named(name),
  write: writtenIn(name),
  head: sampleLog(name, [requestOf(0)], { broken: false })
    .text.split('\n')
    .filter((line) => line.startsWith('#')),
  rules: {
    ...(endsIn[name] ? { endsIn: endsIn[name] } : {}),
    ...{ hasUser: hasUser.includes(name), sums: name === 'ats_extended' },
    without: { ...noClient, ...rulesOf[name] },
  },
}))

const wrapped: Kind[] = ['syslog+combined', 'cri+nginx_json', 'docker_json+huawei_offline', 'compose+common_vhost'].map(
  (name) => {
    const format = named(name)
    const [, within = ''] = name.split('+')
    const bare = builtIn.find((kind) => kind.name === within) as Kind
    return { ...bare, name, format, write: (r) => format.wrapping?.example(bare.write(r)) ?? '' }
  },
)

const clf = (r: Sample) => /\[([^\]]*)\]/.exec(writtenIn('common')(r))?.[1] as string
const iso = (r: Sample) => new Date(r.timeS * 1_000).toISOString()
const target = (r: Sample) => r.path + (r.query ? `?${r.query}` : '')
const owns: { format: object; write: (r: Sample) => string; rules?: Rules }[] = [
  {
    format: {
      nginx:
        '$host $remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" $request_time $upstream_cache_status',
    },
    rules: { hasFreeUser: true },
    write: (r) =>
      `${r.host} ${r.client} - - [${clf(r)}] "GET ${target(r)} HTTP/1.1" ${r.status} ${r.bytes} "-" "${r.userAgent}" ${r.ms / 1_000} HIT`,
  },
  {
    format: {
      nginx:
        '$msec|$host|$remote_addr|$status|$bytes_sent|$request_length|$request_method|$request_uri|$http_user_agent',
    },
    write: (r) => `${r.timeS}.123|${r.host}|${r.client}|${r.status}|${r.bytes}|312|GET|${target(r)}|${r.userAgent}`,
  },
  {
    format: { apache: String.raw`%v:%p %h %l %u %t "%r" %>s %O \"%{Referer}i\" \"%{User-Agent}i\" %D` },
    rules: { hasFreeUser: true },
    write: (r) =>
      `${r.host}:443 ${r.client} - - [${clf(r)}] "GET ${target(r)} HTTP/1.1" ${r.status} ${r.bytes} "-" "${r.userAgent}" ${r.ms}000`,
  },
  {
    format: {
      json: {
        time: 'at',
        host: 'req.host',
        client: 'req.ip',
        target: 'req.url',
        status: 'res.code',
        bytes: 'res.size',
        duration_ms: 'ms',
      },
    },
    rules: { losesObject: true },
    write: (r) =>
      JSON.stringify({
        ...{ at: iso(r), req: { host: r.host, ip: r.client, url: target(r), size: 312, ua: r.userAgent } },
        ...{ res: { code: r.status, size: r.bytes }, ms: r.ms },
      }),
  },
]
const own: Kind[] = owns.map(({ format: entry, write, rules }, n) => {
  const name = `own_${n + 1}`
  const [format] = ownFormats([{ name, ...entry }])
  return { name, format: format as LogFormat, write, head: [], rules: { without: noClient, ...rules } }
})

const all: Kind[] = [...builtIn, ...wrapped, ...own]

let engine: Awaited<ReturnType<typeof startTestEngine>>
beforeAll(async () => {
  engine = await startTestEngine()
})
afterAll(() => engine.stop())

const linesSql = `(SELECT unhex(pair.1) AS line, toUInt64(pair.2) AS line_number FROM
  (SELECT arrayJoin(arrayZip({hexLines:Array(String)}, arrayEnumerate({hexLines:Array(String)}))) AS pair))`

type Row = {
  line_number: number
  reason: string
  domain: string
  client: string
  time_ms: number
  status: number
  bytes: number
}

/** The request of each line, as a load reads it; null where it does not count. */
async function countedOf(
  { format, head }: Kind,
  lines: string[],
  sounds: string[],
  domain: string,
): Promise<(Figures | null)[]> {
  const whole = [...head, ...lines]
  const content = Buffer.from(`${whole.join('\n')}\n`, 'latin1')
  const sound = Buffer.from([...head, ...sounds].join('\n'), 'latin1')
  const batch = { format: format.name, default_domain: domain || null, name: 'a.log' }
  const stated = formatOf([...logFormats, format], batch, sound, false)
  const read = await surveyed(stated, {
    content: () => Readable.from([content]),
    logZone: 'Asia/Shanghai',
    head: content,
    openPieces: [],
  })
  const parameters = loadParameters(read, {
    ...{ loadId: 0, serviceArea: 'mainland_china', unknownClientArea: 'mainland_china', defaultDomain: domain },
    ...{ allowedDomains: [], countAlso: [], linesBefore: 0, firstKeptMs: 0, logZone: 'Asia/Shanghai', nowMs },
  })
  const hexLines = whole.map((line) => Buffer.from(line, 'latin1').toString('hex'))
  const sql = loadStatements(read, null).preview(linesSql)
  const rows = await engine.warehouse.rows<Row>(sql, { ...parameters, hexLines })
  return rows
    .slice(head.length)
    .map(({ reason, domain: name, client, time_ms: time, status, bytes }) =>
      reason === '' ? { domain: name, client, time, status, bytes } : null,
    )
}

function editsOf({ format, write }: Kind, stated: string): Edit[] {
  const random = randomOf(seed)
  const lines: Line[] = Array.from({ length: lineCount }, (_, n) => {
    const request = requestOf(n)
    const others = Object.fromEntries(
      Object.entries(changed).map(([column, change]) => [column, write(change(request))]),
    )
    return lineOf(write(request), figuresOf(request, format, stated), others as Record<Column, string>)
  })
  return Array.from({ length: editCount }, () => editOf(random.one(lines), random.one(lines), random))
}

describe('an edited line counts as it was written, or does not count', () => {
  const deliveries = all.flatMap((kind, n) => {
    const both = [defaultDomain, ...(kind.format.namesDomain ? [''] : [])].map((stated) => ({ kind, stated }))
    return longRun === undefined ? both.slice(n % both.length).slice(0, 1) : both
  })
  it.each(deliveries.map((one) => ({ ...one, name: one.kind.name })))(
    '$name, with the domain "$stated"',
    async ({ kind, stated }) => {
      const edits = editsOf(kind, stated)
      const counted = await countedOf(
        kind,
        edits.map(({ text }) => text),
        edits.slice(0, 20).map(({ original }) => original.text),
        stated,
      )
      expect(counted).toHaveLength(edits.length)
      const faults = edits.flatMap((edit, n) => {
        const fault = faultOf(edit, counted[n] ?? null, { ...kind.rules, stated })
        return fault === null ? [] : [`${edit.kind}: ${fault}\n  ${JSON.stringify(edit.text)}`]
      })
      expect(
        faults.length,
        `seed ${seed}: ${faults.length} of ${edits.length}\n${faults.slice(0, 40).join('\n')}`,
      ).toBe(0)
    },
  )
})
