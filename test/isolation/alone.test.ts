import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { huaweiLine } from '../harness/log-lines.ts'
import { type Got, type Json, newAccount, newKey, send } from '../harness/requests.ts'
import { type Key, startTestServer, type TestServer } from '../harness/server.ts'

/**
 * One account in two worlds: alone, and beside a competitor who delivers, exports and states as much as it can, under the
 * same names. Whatever the account is told must be the same in both, but for times and for ids that tell nothing.
 */

type World = { server: TestServer; mine: Member; competitor: Member | null; told: string[] }
type Member = { domain: string; account: Key & { account_id: string }; token: string }

const startTimeMs = 1_788_220_800_000
const range = { start_time: startTimeMs, end_time: startTimeMs + 3_600_000 }
const source = 'edge-1'
const fileName = '2026090108-edge.log'

let alone: World
let crowded: World

beforeAll(async () => {
  alone = await startWorld(false)
  crowded = await startWorld(true)
  await live(alone)
  await live(crowded)
})
afterAll(async () => {
  await alone.server.stop()
  await crowded.server.stop()
})

async function startWorld(isCrowded: boolean): Promise<World> {
  const server = await startTestServer({ pushGroupSeconds: '0' })
  const mine = await member(server, 'mine')
  return { server, mine, competitor: isCrowded ? await member(server, 'competitor') : null, told: [] }
}

async function member(server: TestServer, name: string): Promise<Member> {
  const account = await newAccount(server, name)
  const domain = `www.${name}.test`
  await server.call('PUT', `/api/v1/domains/${domain}`, { account_id: account.account_id })
  const { ingest_token: token } = await newKey(server, { role: 'ingest', account_id: account.account_id })
  return { domain, account, token }
}

/** Lines of both domains: of an edge that both buy from, delivered by each. */
const sharedLog = ['mine', 'competitor']
  .flatMap((name) => [1, 2, 3].map((n) => huaweiLine({ domain: `www.${name}.test`, path: `/${n}` })))
  .join('')

const deliver = (world: World, who: Member, query: string, body: string, idempotencyKey?: string): Promise<Got> =>
  send(world.server.endpoint, {
    method: 'POST',
    target: `/api/v1/log-batches?${query}`,
    body,
    headers: {
      Authorization: `Bearer ${who.token}`,
      ...(idempotencyKey === undefined ? {} : { 'Idempotency-Key': idempotencyKey }),
    },
  })

async function exported(world: World, who: Member, body: Json): Promise<Got> {
  await world.server.exportText({ ...range, service_area: 'global', ...body }, who.account)
  const { json } = await world.server.call('GET', '/v1/cdn/statistics/export-tasks', undefined, who.account)
  const [task] = json['data'] as Json[]
  const shown = await world.server.call(
    'GET',
    `/api/v1/export-tasks/${String(task?.['task_id'])}`,
    undefined,
    who.account,
  )
  return shown as unknown as Got
}

/** What a competitor does before every step of the account's own. */
async function disturb(world: World, step: number) {
  const { competitor } = world
  if (competitor === null) return
  await deliver(world, competitor, `name=${fileName}&source=${source}`, sharedLog)
  await deliver(world, competitor, `name=2026090108-www.mine.test-cn.log&source=${source}&format=huawei_offline`, '')
  await deliver(world, competitor, `source=${source}&wait=true`, huaweiLine({ path: `/${step}` }), `push-${step}`)
  await deliver(world, competitor, `source=${source}&wait=true`, huaweiLine({ domain: competitor.domain }), 'push-2')
  if (step % 5 === 0) await exported(world, competitor, { domain_name: competitor.domain })
}

/** The account's life, each answer noted. */
async function live(world: World) {
  const { server, mine } = world
  const ask = async (method: string, target: string, body?: unknown) =>
    (await server.call(method, target, body, mine.account)) as unknown as Got
  const steps: (() => Promise<Got>)[] = [
    () => deliver(world, mine, `name=${fileName}&source=${source}`, sharedLog),
    () => deliver(world, mine, `name=${fileName}.1&source=${source}`, sharedLog),
    () => deliver(world, mine, `source=${source}&wait=true`, huaweiLine({ domain: mine.domain, path: '/x' }), 'push-2'),
    () => deliver(world, mine, `source=${source}&wait=true`, huaweiLine({ domain: mine.domain, path: '/x' }), 'push-2'),
    () => ask('GET', '/api/v1/domains'),
    () => ask('GET', '/v3/auth/domains'),
    () => ask('GET', `/api/v1/coverage?start_time=${range.start_time}&end_time=${range.end_time}`),
    () => ask('POST', '/api/v1/export-tasks/preflight', range),
    () => exported(world, mine, { domain_name: 'all', group_by: 'domain', coverage_column: true }),
    () => exported(world, mine, { domain_name: 'all', action: 'top_url_detail' }),
    async () => {
      const { json } = await ask('GET', '/v1/cdn/statistics/export-tasks')
      const [, first] = json['data'] as Json[]
      return await ask('GET', `/api/v1/export-tasks/${String(first?.['task_id'])}/changes`)
    },
    () => ask('GET', '/v1/cdn/statistics/export-tasks'),
    () => ask('GET', '/api/v1/log-batches/1'),
  ]
  for (const [index, step] of steps.entries()) {
    await disturb(world, index)
    const { status, text } = await step()
    world.told.push(`${status} ${maskedText(text)}`)
  }
}

/** Without what is by chance: ids and keys, addresses, times, digests of files in which times stand. */
const maskedText = (text: string): string =>
  text
    .replaceAll(/http:\/\/127\.0\.0\.1:\d+[^"]*/g, '<link>')
    .replaceAll(/FLX[0-9A-F]{17}/g, '<key>')
    .replaceAll(/[0-9a-f]{32,64}/g, '<hex>')
    .replaceAll(/\d{14,}(_[0-9a-f]{6})?/g, '<opaque>')
    .replaceAll(/\b17\d{11}\b/g, '<time>')
    .replaceAll(/_20\d{10,15}/g, '_<moment>')
    .replaceAll(/20\d\d-\d\d-\d\dT[0-9:.]+Z?/g, '<moment>')

describe('beside a competitor', () => {
  it('an account is told what it would be told alone', () => {
    for (const [index, told] of alone.told.entries()) expect.soft(crowded.told[index]).toBe(told)
  })
})
