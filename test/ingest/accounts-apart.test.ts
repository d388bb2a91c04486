import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { huaweiLine } from '../harness/log-lines.ts'
import type { Got, Json } from '../harness/requests.ts'
import { startTestServer } from '../harness/server.ts'
import { newTenant, type Tenant } from '../harness/tenants.ts'

const start = Date.parse('2026-09-01T08:00:00+08:00')
const hour = 3_600_000
const range = { start_time: start, end_time: start + 4 * hour }
/** Both have sources, files and bytes of the same names; each has domains of its own. */
const domains = { a: ['www.a.test', 'img.a.test'], b: ['www.b.test', 'img.b.test'] }
const everyDomain = [...domains.a, ...domains.b]
type Name = keyof typeof domains
const names: Name[] = ['a', 'b']

type Step =
  | { kind: 'file'; source: string; name: string; from: number; to: number; isGzip: boolean }
  | { kind: 'empty'; source: string; hour: number; domain: string }
  | { kind: 'push'; source: string; key: string; at: number }

const source = fc.constantFrom('hourly', 'hourly', 'default')
const anyStep: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant('file' as const),
    source,
    name: fc.oneof(
      fc.constantFrom('access.log', 'access.log.1'),
      fc.tuple(fc.integer({ min: 8, max: 11 }), fc.constantFrom(...everyDomain)).map(([at, of]) => fileOf(at, of)),
    ),
    from: fc.constantFrom(0, 0, 0, 60),
    to: fc.constantFrom(70, 90, 120),
    isGzip: fc.boolean(),
  }),
  fc.record({
    kind: fc.constant('empty' as const),
    source,
    hour: fc.integer({ min: 8, max: 11 }),
    domain: fc.constantFrom(...everyDomain),
  }),
  fc.record({
    kind: fc.constant('push' as const),
    source,
    key: fc.constantFrom('k1', 'k2'),
    at: fc.integer({ min: 0, max: 3 }),
  }),
)

const two = (n: number) => String(n).padStart(2, '0')
const fileOf = (at: number, domain: string) => `20260901${two(at)}-${domain}-cn.log`
/** Line `n` of the one edge that all files are of: lines of everybody's domains, two minutes apart. */
const lineOf = (n: number) =>
  huaweiLine({
    time: `01/Sep/2026:${two(8 + Math.floor(n / 30))}:${two((2 * n) % 60)}:01 +0800`,
    domain: everyDomain[n % everyDomain.length] as string,
    path: `/${n}`,
    bytes: 100 + n,
  })
const linesOf = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => lineOf(from + i)).join('')

function take(tenant: Tenant, step: Step): Promise<Got> {
  const { source: from } = step
  if (step.kind === 'push') return tenant.push(linesOf(step.at, step.at + 8), step.key, { source: from })
  if (step.kind === 'empty') return tenant.deliver(fileOf(step.hour, step.domain), '', { source: from })
  const body = linesOf(step.from, step.to)
  return tenant.deliver(step.name, step.isGzip ? gzipSync(body) : body, { source: from })
}

/** What a tenant heard of a step; batches by the place of the step that made them. */
function heard(got: Got, stepOf: Map<number, number>, place: number): Json {
  const { json } = got
  const id = Number(json['batch_id'])
  if (!stepOf.has(id)) stepOf.set(id, place)
  const placeOf = (text: string) => stepOf.get(Number(text)) ?? `of another: ${text}`
  const message = String(json['error_msg'] ?? '').replace(/^Batch \d+/, '')
  return {
    status: got.status,
    ...{ state: json['state'], requests: json['requests'], rejected: json['rejected_by_reason'] },
    duplicateOf: json['already_loaded_as'] == null ? null : placeOf(String(json['already_loaded_as'])),
    ...{ batch: stepOf.get(id), code: json['error_code'] },
    message: message.replaceAll(/batch(?:es)? \d+(?:, \d+)*/g, (named) =>
      named.replaceAll(/\d+/g, (id) => String(placeOf(id))),
    ),
  }
}

/** Everything that accounts see after their steps, in this order, on a server of their own. */
async function run(order: { who: Name; step: Step }[], present: Name[]) {
  const server = await startTestServer({ pushGroupSeconds: '1' })
  try {
    const tenants = new Map<Name, Tenant>()
    for (const name of present) tenants.set(name, await newTenant(server, name, domains[name]))
    for (const { accountId } of tenants.values()) {
      const stated = { files_per_hour: 1, delay_seconds: 0, skips_empty_hours: true }
      await server.call('PUT', `/api/v1/coverage/cadences/hourly?account=${accountId}`, stated)
    }
    const answers = new Map(present.map((name) => [name, { said: [] as Json[], stepOf: new Map<number, number>() }]))
    for (const { who, step } of order) {
      const own = answers.get(who)
      const tenant = tenants.get(who)
      if (!own || !tenant) continue
      own.said.push(heard(await take(tenant, step), own.stepOf, own.said.length))
    }
    const seen = new Map<Name, Json>()
    for (const [name, tenant] of tenants) {
      const bill = { start_time: start - 8 * hour, end_time: start + 16 * hour, action: 'billing_summary' }
      const detail = { ...range, group_by: 'domain', interval: 300, coverage_column: 'true', language: 'en' }
      seen.set(name, {
        said: answers.get(name)?.said,
        coverage: await tenant.coverage(`start_time=${range.start_time}&end_time=${range.end_time}`),
        bill: await server.exportText(bill, tenant.key),
        detail: await server.exportText(detail, tenant.key),
      })
    }
    return seen
  } finally {
    await server.stop()
  }
}

/** Each outcome once, whatever else is drawn: the same file again, under another source, another body under a key. */
const certain: Step[] = [
  { kind: 'file', source: 'default', name: 'access.log', from: 0, to: 90, isGzip: false },
  { kind: 'file', source: 'default', name: 'access.log.1.gz', from: 0, to: 90, isGzip: true },
  { kind: 'file', source: 'hourly', name: 'access.log', from: 0, to: 90, isGzip: false },
  { kind: 'push', source: 'hourly', key: 'k1', at: 0 },
  { kind: 'push', source: 'hourly', key: 'k1', at: 1 },
  ...everyDomain.map((domain) => ({ kind: 'empty' as const, source: 'hourly', hour: 9, domain })),
]

/** Three servers, one after another. */
const patienceMs = 400_000

it(
  'two accounts with equal sources, names, bytes and keys are to each as if it were alone, in any order',
  async () => {
    const drawn = fc.array(fc.record({ who: fc.constantFrom(...names), step: anyStep }), {
      minLength: 16,
      maxLength: 16,
    })
    const [order] = fc.sample(drawn, { numRuns: 1, seed: 4 })
    if (!order) throw new Error('no order')
    // What one delivers the other does too, then: the worst case of all.
    const first = certain.flatMap((step, n) => (n % 2 === 0 ? names : names.toReversed()).map((who) => ({ who, step })))
    const both = order.flatMap(({ who, step }, n) => (n % 2 === 0 ? names : [who]).map((name) => ({ who: name, step })))
    const steps = [...first, ...both]
    const together = await run(steps, names)
    for (const name of names) {
      const alone = await run(steps, [name])
      expect(together.get(name)).toEqual(alone.get(name))
      const said = (alone.get(name)?.['said'] ?? []) as Json[]
      const found = new Set(said.map((one) => one['code'] ?? one['state']))
      for (const outcome of ['loaded', 'duplicate', 'FLUXPORT.0101', 'FLUXPORT.0107', 'FLUXPORT.0203'])
        expect(found).toContain(outcome)
    }
  },
  patienceMs,
)
