import { execFileSync } from 'node:child_process'
import { appendFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { assign, linesOf, newTenant, push, release, type Tenant, theHour } from '../harness/customers.ts'
import { askLogs, fetchLog, keepLogs, linesBehind, logsOf } from '../harness/kept-logs.ts'
import { expectError, sendSigned } from '../harness/requests.ts'
import { startTestServer, type TestServer } from '../harness/server.ts'

const hourMs = 3_600_000
let server: TestServer
let one: Tenant
let two: Tenant
beforeAll(async () => {
  server = await startTestServer()
  one = await newTenant(server, 'one')
  two = await newTenant(server, 'two')
  for (const [domain, tenant] of Object.entries({ 'a.test': one, 'b.test': one, 'c.test': two, 'moves.test': one }))
    await assign(server, domain, tenant.accountId)
  await keepLogs(server, one, 'edge')
  await server.call('PUT', '/api/v1/kept-logs/shared', { keep_logs_days: 3_000 })
})
afterAll(() => server.stop())

const operator = () => server.credentials
const deliver = (text: string, name: string) => server.load(text, { name, source: 'shared' })

it('a pushed log is handed out as gzip with its lines, under a name and hours of the contract’s form', async () => {
  const lines = linesOf('a.test', 3, { path: '/pushed' })
  await push(server, one.token, lines, 'wait=true&source=edge&service_area=mainland_china')
  const [file, ...more] = await logsOf(server, one.key, 'a.test')
  expect(more).toEqual([])
  expect(file).toMatchObject({ domain_name: 'a.test', ...theHour, size: expect.any(Number) })
  expect(file?.name).toMatch(/^2026090108-a\.test-cn-[0-9a-f]{16}\.gz$/)
  if (file) expect(await linesBehind(server, file)).toBe(lines)
  const { json } = await askLogs(server, one.key, 'A.test', '', '/v1')
  expect(json).toEqual({ total: 1, logs: [{ ...file, link: expect.stringContaining('/downloads/log.') }] })
  expect(await logsOf(server, one.key, 'b.test')).toEqual([])
})

it('a file begins in one of two ranges that follow each other, and pages have each once', async () => {
  for (const hour of ['10', '10', '11'])
    await push(server, one.token, linesOf('b.test', 2, { time: `01/Sep/2026:${hour}:59:59 +0800`, path: `/${hour}` }))
  await keepLogs(server, one, 'default')
  for (const hour of ['10', '10', '11'])
    await push(
      server,
      one.token,
      linesOf('b.test', 2, { time: `01/Sep/2026:${hour}:59:59 +0800`, path: `/kept${hour}` }),
    )
  const startMs = theHour.start_time + 2 * hourMs
  const range = (fromMs: number, toMs: number) => `&start_time=${fromMs}&end_time=${toMs}`
  const counts = [0, 1, 2].map(async (n) => {
    const hours = range(startMs + n * hourMs, startMs + (n + 1) * hourMs)
    return (await logsOf(server, one.key, 'b.test', hours)).length
  })
  expect(await Promise.all(counts)).toEqual([2, 1, 0])
  const all = range(startMs + 1, startMs + 2 * hourMs - 1)
  const names = (await logsOf(server, one.key, 'b.test', all)).map(({ name }) => name)
  const pages = [1, 2, 3, 4].map((page) => askLogs(server, one.key, 'b.test', `${all}&page_size=1&page_number=${page}`))
  const paged = (await Promise.all(pages)).map(({ json }) => json as { total: number; logs: { name: string }[] })
  expect(paged.map(({ total }) => total)).toEqual([3, 3, 3, 3])
  expect(paged.flatMap(({ logs }) => logs.map(({ name }) => name))).toEqual(names)
})

it('a file with lines of two accounts goes to none of them, nor to who delivered it', async () => {
  await deliver(linesOf('a.test', 1, { path: '/s' }) + linesOf('c.test', 1, { path: '/s' }), 'both.log')
  await deliver(linesOf('c.test', 2, { path: '/own' }), 'own.log')
  await deliver(linesOf('free.test', 1) + linesOf('c.test', 1, { path: '/f' }), 'with-free.log')
  expect((await logsOf(server, one.key, 'a.test')).map(({ name }) => name)).toHaveLength(1)
  const theirs = await logsOf(server, two.key, 'c.test')
  expect(await Promise.all(theirs.map((file) => linesBehind(server, file)))).toEqual([
    linesOf('c.test', 2, { path: '/own' }),
  ])
  expect(await logsOf(server, operator(), 'free.test')).toEqual([])
})

it('a rejected line may be anybody’s: only who delivered it gets the file', async () => {
  const garbled = 'a line that no format reads\n'
  await deliver(linesOf('c.test', 9, { path: '/g' }) + garbled, 'garbled.log')
  expect(await logsOf(server, two.key, 'c.test')).toHaveLength(1)
  const own = linesOf('b.test', 9, { path: '/g' }) + garbled
  await push(server, one.token, own, 'wait=true&source=edge')
  const [file] = await logsOf(server, one.key, 'b.test')
  if (!file) throw new Error('the deliverer has no file')
  expect(await linesBehind(server, file)).toBe(own)
})

it('of a log that cuts lines into pieces, whose ends may be another account’s, only who delivered it gets the file', async () => {
  const wrapped = (log: string) => `${JSON.stringify({ log, stream: 'stdout', time: '2026-09-01T00:00:01.5Z' })}\n`
  const text = [1, 2, 3].map((n) => wrapped(linesOf('c.test', 1, { path: `/docker${n}` }))).join('')
  expect((await deliver(text, 'docker.log')).json).toMatchObject({ state: 'loaded', requests: 3, rejected_lines: 0 })
  expect(await logsOf(server, two.key, 'c.test')).toHaveLength(1)
})

it('a gzip file stays as it was delivered; of a log that grew, each line is in one file', async () => {
  const bytes = gzipSync(linesOf('free.test', 4, { path: '/gz' }))
  await server.load(bytes, { name: 'x.log.gz', source: 'shared' })
  const [gzip] = await logsOf(server, operator(), 'free.test')
  expect(gzip && (await fetchLog(server, gzip)).bytes).toEqual(bytes)

  const [first, rest] = [linesOf('grows.test', 3, { path: '/1' }), linesOf('grows.test', 2, { path: '/2' })]
  const path = join(server.dataDir, 'grows.log')
  await writeFile(path, first)
  await server.loadFile(path, { source: 'shared' })
  await appendFile(path, rest)
  await server.loadFile(path, { source: 'shared' })
  const grown = await logsOf(server, operator(), 'grows.test')
  const texts = await Promise.all(grown.map((file) => linesBehind(server, file)))
  expect(texts.sort()).toEqual([first, rest].sort())
})

it('of an archive the lines are kept, not the archive', async () => {
  const lines = linesOf('packed.test', 4, { path: '/tar' })
  const path = join(server.dataDir, 'packed.log')
  await writeFile(path, lines)
  execFileSync('tar', ['-C', server.dataDir, '-czf', `${path}.tar.gz`, 'packed.log'])
  await server.loadFile(`${path}.tar.gz`, { source: 'shared' })
  const [file] = await logsOf(server, operator(), 'packed.test')
  expect(file && (await linesBehind(server, file))).toBe(lines)
})

it('a domain that goes to another account takes its files along only with its history', async () => {
  await push(server, one.token, linesOf('moves.test', 2), 'wait=true&source=edge')
  const [file] = await logsOf(server, one.key, 'moves.test')
  if (!file) throw new Error('it is not kept')
  await release(server, 'moves.test')
  await assign(server, 'moves.test', two.accountId)
  expectError(await fetchLog(server, file), 404, 'CDN.0003')
  expect(await logsOf(server, two.key, 'moves.test')).toEqual([])
  await assign(server, 'moves.test', two.accountId, { with_history: true })
  const [theirs] = await logsOf(server, two.key, 'moves.test')
  expect(theirs?.name).toBe(file.name)
  expectError(await askLogs(server, one.key, 'moves.test'), 400, 'CDN.0105')
})

it('a link is of one key and one file: altered, or after the key has ended, it opens nothing', async () => {
  const made = await server.call('POST', '/api/v1/access-keys', { role: 'account', account_id: one.accountId })
  const key = made.json as { access_key: string; secret_key: string }
  const [file] = await logsOf(server, key, 'a.test')
  if (!file) throw new Error('it is not kept')
  for (const link of [
    file.link.replace(one.accountId, two.accountId),
    file.link.replace(/log\.[0-9a-f]{2}/, (id) => (id === 'log.00' ? 'log.01' : 'log.00')),
    file.link.replace(/expires=(\d)/, 'expires=9'),
  ])
    expectError(await fetchLog(server, { link }), 403, 'FLUXPORT.0201')
  expect((await fetchLog(server, file)).status).toBe(200)
  await server.call('DELETE', `/api/v1/access-keys/${key.access_key}`)
  expectError(await fetchLog(server, file), 403, 'FLUXPORT.0201')
})

it.each([
  ['CDN.0105', 'c.test', ''],
  ['CDN.0105', 'unknown.test', ''],
  ['CDN.0201', 'a_b..test', ''],
  ['CDN.0001', 'a.test,b.test', ''],
  ['CDN.0001', 'all', ''],
  ['CDN.0001', '', ''],
  ['CDN.0001', 'a.test', '&start_time=yesterday'],
  ['CDN.0202', 'a.test', '&start_time=1788192000000&end_time=1788192000000'],
  ['CDN.0202', 'a.test', `&start_time=1788192000000&end_time=${1_788_192_000_000 + 31 * 24 * hourMs}`],
  ['CDN.0001', 'a.test', '&page_size=10001'],
  ['CDN.0001', 'a.test', '&page_number=0'],
])('refuses with %s: %s%s', async (code, domain, query) => {
  expectError(await askLogs(server, one.key, domain, query), 400, code)
})

it('without times it asks for today of UTC+8, and an empty answer has a list', async () => {
  const { json } = await sendSigned(server, { target: '/v1.0/cdn/logs?domain_name=a.test', key: one.key })
  expect(json).toEqual({ total: 0, logs: [] })
})
