import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { assign, linesOf, newTenant, push, type Tenant } from '../harness/customers.ts'
import { expectErrorShape, type Got, sendSigned } from '../harness/requests.ts'
import { startTestServer, type TestServer } from '../harness/server.ts'
import { figureParameters } from './figure-requests.ts'

/** Cases of each operation. `FUZZ_SEED` repeats a run. */
const runs = Math.ceil(Number(process.env['FUZZ_RUNS'] ?? 300) / 40)
const seed = process.env['FUZZ_SEED'] === undefined ? {} : { seed: Number(process.env['FUZZ_SEED']) }
const answerMsMax = 10_000

/** Of one length, so that no text is cut elsewhere. */
const names = {
  own: 'www.the-own.test',
  foreign: 'www.foreign.test',
  unknown: 'www.unknown.test',
}
/** Stands for a domain of somebody else. */
const someones = 'SOMEONES'

type Parameter = { name: string; in: string; required?: boolean; description?: string }
type Operation = { path: string; parameters: Parameter[] }
type Document = {
  paths: Record<string, Record<string, { tags?: string[]; parameters?: Parameter[] }>>
}
const { paths } = JSON.parse(readFileSync(new URL('../../docs/openapi.json', import.meta.url), 'utf8')) as Document
const operations = Object.entries(paths).flatMap(([path, { get }]): Operation[] => {
  const isOfFigures = get?.tags?.some((tag) => tag === 'Usage' || tag === 'Statistics (contract)')
  const inQuery = (get?.parameters ?? []).filter((parameter) => parameter.in === 'query')
  return isOfFigures ? [{ path, parameters: inQuery }] : []
})

const anyText = fc.oneof(
  fc.stringMatching(/^[!-~]{0,12}$/),
  fc.constantFrom('', '%', '\u0000', '😀', '__proto__', '1e9'),
)
/** Else a day of now is asked for, and has no log. */
const inRange = ['start_time', 'end_time', 'domain_name']
/** Parameters whose every value a customer is refused, but for one that it cannot guess. */
const refused = ['account', 'data_version']
const domainTexts = [someones, someones, ` ${someones.toLowerCase()} `, `${names.own},${someones}`, 'all']

const rightTexts = (name: string, path: string): string[] => {
  if (name === 'domain_name') return domainTexts
  if (name === 'action' && path.includes('location')) return ['location_summary']
  if (name === 'stat_type' && path.includes('client')) return ['uv']
  return (figureParameters[name] ?? ['1']).slice(0, 1)
}

/** Mostly absent or right, so that few cases have two faults, and many none. */
const anyValueOf = (parameter: Parameter, path: string): fc.Arbitrary<string | undefined> => {
  const { name, required, description = '' } = parameter
  const isNeeded = required === true || /mandatory/i.test(description) || inRange.includes(name)
  return fc.oneof(
    { weight: isNeeded ? 20 : 4, arbitrary: fc.constantFrom(...rightTexts(name, path)) },
    { weight: isNeeded ? 0 : refused.includes(name) ? 100 : 16, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: fc.oneof(anyText, fc.constantFrom(...(figureParameters[name] ?? ['x']))) },
  )
}

/** A target in which `SOMEONES` stands for a domain. */
const targetOf = ({ path, parameters }: Operation): fc.Arbitrary<string> =>
  fc.record(Object.fromEntries(parameters.map((one) => [one.name, anyValueOf(one, path)]))).map((given) => {
    const pairs = Object.entries(given).filter((pair): pair is [string, string] => pair[1] !== undefined)
    return `${path.replaceAll(/\{\w+\}/g, someones)}?${new URLSearchParams(pairs)}`
  })

describe('questions for figures at random, with a customer’s key', () => {
  let server: TestServer
  let asker: Tenant
  const ids = { own: '', foreign: '', unknown: '' }
  beforeAll(async () => {
    server = await startTestServer()
    asker = await newTenant(server, 'asker')
    const other = await newTenant(server, 'other')
    for (const [{ accountId, token }, domain] of [
      [asker, names.own],
      [other, names.foreign],
    ] as const) {
      await assign(server, domain, accountId)
      expect((await push(server, token, linesOf(domain, 5))).json['state']).toBe('loaded')
    }
    for (const [whose, { key }] of [
      ['own', asker],
      ['foreign', other],
    ] as const) {
      const { json } = await server.call('GET', '/v1.0/cdn/domains', undefined, key)
      ids[whose] = String((json['domains'] as { id: string }[])[0]?.id)
    }
    ids.unknown = ids.foreign.replace(/^./, (first) => (first === '1' ? '2' : '1'))
  })
  afterAll(() => server.stop())

  const ask = async (target: string): Promise<Got> => {
    const sinceMs = Date.now()
    const got = await sendSigned(server, { target, key: asker.key })
    expect(got.status, got.text).toBeLessThan(500)
    if (got.status >= 400) expectErrorShape(got)
    expect(Date.now() - sinceMs).toBeLessThan(answerMsMax)
    return got
  }

  /** The answer without the name that was asked for, and without the request's id. */
  const said = ({ status, text, json }: Got, name: string) => {
    const id = String(json['request_id'] ?? '')
    const plain = id === '' ? text : text.replaceAll(id, 'ID')
    return { status, text: plain.replaceAll(new RegExp(name, 'gi'), someones) }
  }

  it('knows the operations', () => {
    expect(operations.length).toBeGreaterThan(20)
  })

  const answered = new Set<string>()
  it.each(operations)('$path fails for no one, and tells nothing of another’s domain', async (operation) => {
    const named = operation.path.includes('{domain_id}') ? ids : names
    const isAlike = fc.asyncProperty(targetOf(operation), async (target) => {
      const asked = (name: string) => ask(target.replaceAll(new RegExp(someones, 'gi'), name))
      const of = async (name: string) => said(await asked(name), name)
      expect(await of(named.foreign)).toEqual(await of(named.unknown))
      if ((await asked(named.own)).status === 200) answered.add(operation.path)
    })
    await fc.assert(isAlike, { numRuns: runs, ...seed })
  })

  it('asks most of them what they answer', () => {
    expect(answered.size).toBeGreaterThan(operations.length / 2)
  })
})
