import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { temporaryDirectory } from '../harness/directory.ts'
import { requestsOf } from '../harness/exports.ts'
import { huaweiLine } from '../harness/log-lines.ts'
import { type Json, newKey, send } from '../harness/requests.ts'
import { startTestServer, type TestServer } from '../harness/server.ts'
import { newTenant } from '../harness/tenants.ts'

const place = await temporaryDirectory()
const flags = { dataDir: join(place.path, 'data'), pushGroupSeconds: '0' }
let server: TestServer
let token: string
beforeAll(async () => {
  server = await startTestServer(flags)
  token = (await newKey(server, { role: 'ingest' })).ingest_token
})
afterAll(async () => {
  await server.stop()
  await place.remove()
})

const domain = 'quarantine.example.test'
let files = 0
const newName = () => `quarantine-${++files}.log`
/** Lines of one domain that no other test has. */
const lines = (count: number, name: string) =>
  Array.from({ length: count }, (_, i) => {
    const time = `01/Sep/2026:08:${String(Math.floor(i / 60) % 60).padStart(2, '0')}:${String(i % 60).padStart(2, '0')} +0800`
    return huaweiLine({ domain, path: `/${name}/${i}`, bytes: 10, time })
  }).join('')
const rubbish = (count: number) => 'rubbish\n'.repeat(count)

const load = async (content: string | Buffer, query: Record<string, string> = {}): Promise<Json> =>
  (await server.load(content, { name: newName(), ...query })).json
const shown = async (batch: Json): Promise<Json> =>
  (await server.call('GET', `/api/v1/log-batches/${batch['batch_id']}?wait_ms=20000`)).json
const accept = (batch: Json) => server.call('POST', `/api/v1/log-batches/${batch['batch_id']}/accept`)
/** Received files in the spool. */
const spooled = async () => (await readdir(join(server.dataDir, 'spool'))).filter((name) => name.endsWith('.upload'))
const counted = () => requestsOf(server, domain)

describe('a log with many rejected lines', () => {
  it('is quarantined above the limit: nothing counts, its figures and its first lines are shown, its bytes are kept', async () => {
    const before = await spooled()
    const batch = await load(lines(88, 'above') + rubbish(12))
    expect(batch).toMatchObject({ state: 'quarantined', lines: 100, requests: 88, rejected_lines: 12 })
    expect(batch['error']).toMatchObject({ error_code: 'FLUXPORT.0109' })
    expect(String((batch['error'] as Json)['error_msg'])).toMatch(/12\.0 % .* at most 10 % .*12 fields/)
    expect((await shown(batch))['rejected']).toMatchObject({ by_reason: [{ reason: 'fields', lines: 12 }] })
    expect((await spooled()).length).toBe(before.length + 1)
    const list = await server.call('GET', '/api/v1/log-batches?state=quarantined')
    expect((list.json['batches'] as Json[]).map((one) => one['batch_id'])).toContain(batch['batch_id'])
    expect((await server.raw('/metrics')).text).toMatch(/fluxport_log_batches\{state="quarantined"\} [1-9]/)
  })

  it.each([
    ['at the limit', lines(90, 'at') + rubbish(10), {}],
    ['with fewer than ten rejected lines', lines(1, 'few') + rubbish(9), { format: 'huawei_offline' }],
    ['under a limit of its own', lines(50, 'own') + rubbish(50), { rejected_percent_max: '50' }],
    ['where the rest are headers', `${'#Version: 1.0\n\n'.repeat(50)}${lines(10, 'headers')}`, {}],
  ])('counts by itself %s', async (_why, content, query) => {
    expect(await load(content, query)).toMatchObject({ state: 'loaded' })
  })

  it.each([
    ['half a file of NUL bytes in one line', `${lines(100, 'nul')}${'\0'.repeat(30_000)}\n`, 'nul_bytes'],
    ['half a file without its line ends', `${lines(9_000, 'ends')}${'x'.repeat(2 << 20)}\n`, 'lines_joined'],
    [
      'half a short file with carriage returns for line ends',
      `${lines(20, 'short')}${lines(20, 'cr').replaceAll('\n', '\r')}\n`,
      'carriage_return',
    ],
    ['a few lines of NUL bytes in a small file', `${lines(11, 'tiny')}${'\0\0\0\n'.repeat(9)}`, 'nul_bytes', 9],
    [
      'half a short file with blanks for line ends',
      `${lines(20, 'some')}${lines(20, 'joined').replaceAll('\n', ' ')}\n`,
      'fields',
    ],
    [
      'half a file with blanks for line ends',
      `${lines(5_000, 'blanks')}${lines(9_000, 'b').replaceAll('\n', ' ')}\n`,
      'lines_joined',
    ],
  ])(
    'is measured by its bytes where lines are lost in one: %s',
    async (_why, content, reason, count: number | string = 1) => {
      expect(await load(content)).toMatchObject({
        state: 'quarantined',
        rejected_by_reason: [{ reason, lines: count }],
      })
    },
  )

  it('counts by itself where visitors sent hosts that are none', async () => {
    const scanned = huaweiLine({ domain: 'a b', path: '/', bytes: 1 }).repeat(50)
    const batch = await load(lines(50, 'hosts') + scanned)
    expect(batch).toMatchObject({
      state: 'loaded',
      requests: 50,
      rejected_by_reason: [{ reason: 'bad_domain', lines: 50 }],
    })
  })

  it.each([
    ['of one request', huaweiLine({ domain, path: `/${'long'.repeat(500_000)}`, bytes: 1 }), 'line_too_long'],
    [
      'of one request, first in the file',
      huaweiLine({ domain, path: `/${'log'.repeat(500_000)}`, bytes: 1 }),
      'line_too_long',
    ],
    [
      'for each of many messages of the server',
      '2026/09/01 08:00:00 [error] 7#7: *1 open() "/a" failed\n'.repeat(200),
      'server_message',
    ],
  ])('counts its other lines, with a line %s', async (why, odd, reason) => {
    const content = why.includes('first') ? odd + lines(100, why) : lines(100, why) + odd
    expect(await load(content)).toMatchObject({ state: 'loaded', requests: 100, rejected_by_reason: [{ reason }] })
  })

  it('fails when none of its lines counts, and does not when it has headers alone', async () => {
    const none = await server.load(rubbish(3), { name: newName(), format: 'huawei_offline' })
    expect([none.status, none.json]).toMatchObject([422, { error_code: 'FLUXPORT.0110' }])
    expect(none.text).toContain('3 fields')
    expect(await load('\n\n#Version: 1.0\n', { format: 'huawei_offline' })).toMatchObject({ state: 'loaded', lines: 3 })
  })
})

describe('a quarantined batch', () => {
  it('counts once when two accept it at once, and its bytes go then', async () => {
    const kept = await spooled()
    const batch = await load(lines(80, 'accepted') + rubbish(20))
    const before = await counted()
    const answers = await Promise.all([accept(batch), accept(batch), accept(batch)])
    expect(answers.map(({ status }) => status).sort()).toEqual([202, 409, 409])
    expect(await shown(batch)).toMatchObject({ state: 'loaded', requests: 80, rejected_lines: 20, error: null })
    expect(await counted()).toBe(before + 80)
    expect((await accept(batch)).json).toMatchObject({ error_code: 'FLUXPORT.0204' })
    expect(await spooled()).toEqual(kept)
    const { json } = await server.call('GET', '/api/v1/audit?action=acceptLogBatch')
    expect((json['events'] as Json[]).map((one) => one['outcome']).sort()).toEqual([
      'done',
      'refused',
      'refused',
      'refused',
    ])
  })

  it('loses its bytes when forget drops it, and may be delivered again', async () => {
    const kept = await spooled()
    const content = lines(80, 'dropped') + rubbish(20)
    const batch = await load(content)
    const dropped = await server.call('DELETE', `/api/v1/log-batches/${batch['batch_id']}`)
    expect(dropped.json).toMatchObject({ state: 'forgotten' })
    expect(await spooled()).toEqual(kept)
    expect((await accept(batch)).status).toBe(409)
    expect(await load(content, { rejected_percent_max: '100' })).toMatchObject({ state: 'loaded', requests: 80 })
  })

  it('keeps its place when a key of other domains delivers a file of its name', async () => {
    const [name, source, theirs] = [newName(), 'limited', 'theirs.example.test']
    const batch = await load(lines(80, 'kept') + rubbish(20), { name, source })
    const limited = (await newKey(server, { role: 'ingest', domains: [theirs] })).ingest_token
    const pushed = await send(server.endpoint, {
      ...{ method: 'POST', target: `/api/v1/log-batches?wait=true&name=${name}&source=${source}` },
      ...{ headers: { Authorization: `Bearer ${limited}` }, body: lines(80, 'other').replaceAll(domain, theirs) },
    })
    expect(pushed.json).toMatchObject({ state: 'loaded', requests: 80 })
    expect(await shown(batch)).toMatchObject({ state: 'quarantined' })
    expect((await accept(batch)).status).toBe(202)
    expect(await shown(batch)).toMatchObject({ state: 'loaded', requests: 80 })
  })

  it('gives its place to a new delivery of the same file', async () => {
    const name = newName()
    const kept = await spooled()
    const whole = lines(100, 'again')
    const half = `${whole.slice(0, whole.length / 2)}${'\0'.repeat(whole.length / 2)}\n`
    const first = await load(half, { name, source: 'again' })
    const second = await load(half, { name, source: 'again' })
    expect(await shown(first)).toMatchObject({ state: 'forgotten' })
    expect(second).toMatchObject({ state: 'quarantined' })
    const before = await counted()
    expect(await load(whole, { name, source: 'again' })).toMatchObject({ state: 'loaded', requests: 100 })
    expect(await counted()).toBe(before + 100)
    expect(await shown(second)).toMatchObject({
      state: 'forgotten',
      error: { error_msg: expect.stringContaining('place') },
    })
    expect((await accept(second)).status).toBe(409)
    expect(await spooled()).toEqual(kept)
  })

  it('keeps its place when a rotated log of the same name comes, and one of another source', async () => {
    const name = newName()
    const first = await load(lines(60, 'monday') + rubbish(20), { name, source: 'rotated' })
    const tuesday = lines(60, 'tuesday').replaceAll('01/Sep', '02/Sep')
    expect(await load(tuesday, { name, source: 'rotated' })).toMatchObject({ state: 'loaded' })
    expect(await load(lines(60, 'elsewhere'), { name, source: 'elsewhere' })).toMatchObject({ state: 'loaded' })
    expect(await shown(first)).toMatchObject({ state: 'quarantined' })
  })

  it('of a push keeps its key until it is decided', async () => {
    const content = lines(80, 'pushed') + rubbish(20)
    const headers = { Authorization: `Bearer ${token}`, 'Idempotency-Key': 'quarantined-push' }
    const push = () =>
      send(server.endpoint, { method: 'POST', target: '/api/v1/log-batches?wait=true', body: content, headers })
    const first = await push()
    expect([first.status, first.json]).toMatchObject([200, { state: 'quarantined', requests: 80 }])
    expect((await push()).json).toMatchObject({ batch_id: first.json['batch_id'], state: 'quarantined' })
    await accept(first.json)
    expect(await shown(first.json)).toMatchObject({ state: 'loaded', requests: 80 })
  })

  it('survives a start of the server with its bytes', async () => {
    const batch = await load(lines(80, 'restart') + rubbish(20))
    const sizes = async () =>
      Promise.all((await spooled()).map(async (name) => (await stat(join(server.dataDir, 'spool', name))).size))
    const before = await sizes()
    await server.stop()
    server = await startTestServer(flags)
    expect(await sizes()).toEqual(before)
    await accept(batch)
    expect(await shown(batch)).toMatchObject({ state: 'loaded', requests: 80 })
  })
})

describe('an account', () => {
  it('may accept a delivery of its own with its own key, and knows no other', async () => {
    const own = await newTenant(server, 'accepts', ['own.accepts.test'])
    const other = await newTenant(server, 'accepts-not', [])
    const content = lines(80, 'own').replaceAll(domain, 'own.accepts.test') + rubbish(20)
    const { json } = await own.deliver(newName(), content)
    expect(json).toMatchObject({ state: 'quarantined', requests: 80 })
    const path = `/api/v1/log-batches/${json['batch_id']}/accept`
    const unknown = await server.call('POST', '/api/v1/log-batches/123456789/accept', undefined, other.key)
    const refused = await server.call('POST', path, undefined, other.key)
    expect([refused.status, refused.json['error_msg']]).toEqual([404, unknown.json['error_msg']])
    expect((await server.call('POST', path, undefined, own.key)).status).toBe(202)
    const { json: list } = await server.call('GET', '/api/v1/log-batches?limit=1')
    expect(await shown((list['batches'] as Json[])[0] as Json)).toMatchObject({ state: 'loaded', requests: 80 })
  })

  it('does not have lines in its share that its key may not deliver', async () => {
    const own = await newTenant(server, 'shares', ['own.shares.test'])
    const content = lines(20, 'mine').replaceAll(domain, 'own.shares.test') + lines(200, 'not-mine')
    expect((await own.deliver(newName(), content)).json).toMatchObject({ state: 'loaded', rejected_lines: 200 })
  })
})
