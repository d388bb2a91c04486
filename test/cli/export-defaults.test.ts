import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { runCommand } from '../harness/command.ts'
import { temporaryDirectory } from '../harness/directory.ts'
import { huaweiLine } from '../harness/log-lines.ts'
import { type Json, newAccount, newKey } from '../harness/requests.ts'
import { type Key, startTestServer, type TestServer } from '../harness/server.ts'

let directory: { path: string; remove(): Promise<void> }
beforeEach(async () => {
  directory = await temporaryDirectory()
  return directory.remove
})
const at = (name: string) => join(directory.path, name)

describe('what people mean by an export', () => {
  const lineAt = (domain: string, day: string, clock: string) =>
    huaweiLine({ domain, time: `${day}/Sep/2026:${clock} +0000`, bytes: 1_000 })
  let own: TestServer
  const exportTo = async (name: string, ...args: string[]) => {
    const ran = await runCommand(own.dataDir, 'export', '--output', at(name), ...args)
    expect(ran, ran.err).toMatchObject({ code: 0 })
    return { text: await readFile(at(name), 'utf8'), said: ran.err }
  }
  const requestsIn = (text: string) =>
    text
      .trim()
      .split('\r\n')
      .slice(1)
      .reduce((sum, row) => sum + Number(row.split(',')[3]), 0)
  beforeAll(async () => {
    own = await startTestServer()
    const first = lineAt('a.test', '01', '00:30:00') + lineAt('b.test', '30', '15:59:59')
    await own.load(first + lineAt('b.test', '30', '16:00:00'), { name: 'one.log' })
    const abroad = lineAt('a.test', '10', '00:00:00').repeat(5)
    await own.load(abroad, { name: 'two.log', service_area: 'outside_mainland_china' })
  })
  afterAll(() => own.stop())

  it('has all traffic, in the words of the locale, in the format of its name; and says that it is all', async () => {
    const { text, said } = await exportTo('all.csv', '--month', '2026-09')
    expect(text).toMatch(/^\uFEFF?"?Time/)
    expect([requestsIn(text), said]).toEqual([7, expect.stringMatching(/7 requests, all that the account has/)])
    expect((await exportTo('all.jsonl', '--month', '2026-09')).text).toMatch(/^\{/)
  })

  it('of a part says how large the part is, and what it lacks', async () => {
    const mainland = await exportTo('part.csv', '--month', '2026-09', '--service-area', 'mainland_china')
    expect(requestsIn(mainland.text)).toBe(2)
    expect(mainland.said).toMatch(/2\.0 kB in 2 requests: 28\.5 % of the bytes, of 7\.0 kB in 7 requests in the range/)
    expect(mainland.said).toMatch(/mainland_china: 5\.0 kB in 5 requests of these domains are of other areas/)
    const oneDomain = await exportTo('domain.csv', '--month', '2026-09', '--domain', 'a.test')
    expect([requestsIn(oneDomain.text), oneDomain.said]).toEqual([
      6,
      expect.stringMatching(/1 other domain of the account: 1\.0 kB in 1 request are not in it/),
    ])
    const top = await exportTo('top.csv', '--month', '2026-09', '--action', 'top_url_detail')
    expect(top.said).toMatch(/a top list has the first rows of this traffic alone/)
    const { said } = await exportTo('german.csv', '--month', '2026-09', '--country', 'de')
    expect(said).toMatch(/--country, --province and --isp: the file has what passes them/)
  })

  it('counts days and months of the zone that is said, its end not among them', async () => {
    expect(requestsIn((await exportTo('utc.csv', '--month', '2026-09', '--time-zone', 'UTC')).text)).toBe(8)
    expect(requestsIn((await exportTo('day.csv', '--day', '2026-09-30', '--time-zone', 'UTC')).text)).toBe(2)
    expect(requestsIn((await exportTo('day.csv', '--day', '2026-09-30')).text)).toBe(1)
    const dates = ['--start', '2026-09-10', '--end', '2026-10-02']
    expect(requestsIn((await exportTo('dates.csv', ...dates)).text)).toBe(7)
  })

  it('says where the range was cut, as what follows lies in the future', async () => {
    // The server's zone is eight hours ahead: on a month's last evening its month has ended there.
    const month = new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 7)
    expect((await exportTo('now.csv', '--month', month)).said).toMatch(/the range is cut at \d{4}-.* \(\S+\): what/)
  })

  it('is made though a question of its size is refused, and says that nothing was compared', async () => {
    const small = await startTestServer({ queryBucketsMax: '10' })
    onTestFinished(small.stop)
    await small.load(lineAt('a.test', '01', '00:30:00'))
    const ran = await runCommand(small.dataDir, 'export', '--month', '2026-09', '--output', at('large.csv'))
    expect([ran.code, ran.err]).toEqual([
      0,
      expect.stringMatching(/traffic: not compared .*CDN\.0005.*query-buckets-max/),
    ])
    expect(requestsIn(await readFile(at('large.csv'), 'utf8'))).toBe(1)
  })

  it('says what a task waits for, and until when, with --require-final', async () => {
    const wait = ['--require-final', '--require-final-wait-seconds', '2']
    const ran = await runCommand(own.dataDir, 'export', '--output', at('final.csv'), '--day', '2026-10-02', ...wait)
    expect(ran.code).toBe(1)
    expect(ran.err).toMatch(/waits for final figures, until \d{4}-.* UTC: The bucket of a\.test at 2026-10-0/)
    expect(ran.err.match(/waits for final figures/g)).toHaveLength(1)
    expect(ran.err).toMatch(/FLUXPORT\.0401/)
  })

  it('names to an operator how many domains of others are not in it', async () => {
    const { json } = await own.call('POST', '/api/v1/accounts', { name: 'customer' })
    await own.call('PUT', '/api/v1/domains/c.test', { account_id: json['account_id'] })
    expect((await exportTo('others.csv', '--month', '2026-09')).said).toMatch(/1 domain of other accounts: not in it/)
  })
})

describe('an account’s own defaults', () => {
  let server: TestServer
  let customer: Key & { account_id: string }
  const flagsOf = ({ access_key: ak, secret_key: sk }: Key) => [
    ...['--endpoint', server.endpoint, '--access-key', ak, '--secret-key', sk],
  ]
  const asPeople = async (...args: string[]) => {
    const ran = await runCommand('/nowhere', ...args, ...flagsOf(customer))
    expect(ran, ran.err).toMatchObject({ code: 0 })
    return ran.out
  }
  const effective = async (...args: string[]) => {
    const output = at(`${args.length}.csv`)
    await asPeople('export', '--day', '2026-09-10', '--output', output, ...args)
    const { json } = await server.call('GET', '/v1/cdn/statistics/export-tasks?limit=1', undefined, customer)
    const [task] = json['data'] as Json[]
    const shown = await server.call('GET', `/api/v1/export-tasks/${task?.['task_id']}`, undefined, customer)
    return shown.json['effective'] as Json
  }
  beforeAll(async () => {
    server = await startTestServer()
    customer = await newAccount(server, 'customer')
    await server.call('PUT', '/api/v1/domains/a.test', { account_id: customer.account_id })
    await server.load(huaweiLine({ domain: 'a.test', time: '10/Sep/2026:00:30:00 +0000' }))
  })
  afterAll(() => server.stop())

  it('are stated by the command line, a flag before them; a create under /v1/cdn has what it had', async () => {
    const range = { start_time: Date.parse('2026-09-10T00:00:00Z'), end_time: Date.parse('2026-09-11T00:00:00Z') }
    const before = await server.exportText(range, customer)
    expect(await effective()).toMatchObject({ service_area: 'global', language: 'en', time_zone: 'Asia/Shanghai' })
    const own = { default_service_area: 'outside_mainland_china', default_language: 'zh' }
    const settings = { ...own, default_time_zone: 'America/New_York' }
    await server.call('PUT', `/api/v1/accounts/${customer.account_id}/settings`, settings)
    expect(await effective()).toMatchObject({
      ...{ service_area: 'outside_mainland_china', language: 'zh', time_zone: 'America/New_York' },
      start_time: Date.parse('2026-09-10T00:00:00-04:00'),
    })
    expect(await effective('--language', 'en', '--time-zone', 'UTC')).toMatchObject({
      ...{ service_area: 'outside_mainland_china', language: 'en', time_zone: 'UTC' },
    })
    expect(await server.exportText(range, customer)).toBe(before)
  })

  it('go with a key that rotates itself, named or not', async () => {
    const { access_key: key } = await newKey(server, { role: 'account', account_id: customer.account_id })
    const made = JSON.parse(await asPeople('keys', 'rotate')) as Json
    expect(made).toMatchObject({ replaces: customer.access_key, role: 'account', account_id: customer.account_id })
    const other = await runCommand('/nowhere', 'keys', 'rotate', key, ...flagsOf(customer))
    expect([other.code, other.err]).toEqual([1, expect.stringMatching(/CDN\.0003: There is no such access key/)])
    const refused = await runCommand('/nowhere', 'keys', ...flagsOf(customer))
    const named = new RegExp(`CDN\\.0004: .* The key is ${customer.access_key}, from --access-key`)
    expect([refused.code, refused.err]).toEqual([1, expect.stringMatching(named)])
  })

  it('give CSV of commands a form of their own, and no other format', async () => {
    const range = { start_time: Date.parse('2026-09-10T00:00:00Z'), end_time: Date.parse('2026-09-11T00:00:00Z') }
    const before = await server.exportText(range, customer)
    const form = { default_csv_delimiter: ';', default_csv_decimal: ',', default_csv_bom: 'true' }
    await server.call('PUT', `/api/v1/accounts/${customer.account_id}/settings`, form)
    const written = async (name: string, ...args: string[]) => {
      await asPeople('export', '--day', '2026-09-10', '--output', at(name), ...args)
      return await readFile(at(name), 'utf8')
    }
    expect(await written('own.csv', '--language', 'en')).toMatch(/^\ufeff"Time";"Traffic/)
    const list = ['--action', 'top_ip_detail', '--language', 'en', '--bom', 'false']
    expect(await written('list.csv', ...list)).toMatch(/^"Rank";.*\r\n1;"198[^;]*";\d+;1;"100,0000"\r\n/)
    expect(await written('tab.csv', ...list, '--delimiter', 'tab', '--decimal', '.')).toMatch(
      /^"Rank"\t.*\t100\.0000\r\n/s,
    )
    expect(await written('rows.jsonl')).toMatch(/^\{"time"/)
    expect(await server.exportText(range, customer)).toBe(before)
    const refused = await server.call('PUT', `/api/v1/accounts/${customer.account_id}/settings`, {
      default_csv_decimal: ',',
    })
    expect([refused.status, refused.text]).toEqual([400, expect.stringContaining('default_csv_decimal')])
  })

  it('are shown to their own account, with its role and key', async () => {
    const settings = { default_language: 'en', default_format: 'xlsx' }
    await server.call('PUT', `/api/v1/accounts/${customer.account_id}/settings`, settings)
    expect(JSON.parse(await asPeople('accounts', 'show'))).toEqual({
      ...{ account_id: customer.account_id, name: 'customer', access_key: customer.access_key, role: 'account' },
      defaults: {
        ...{ service_area: 'global', language: 'en', time_zone: 'Asia/Shanghai' },
        ...{ format: 'xlsx', compression: 'none', csv_delimiter: null, csv_decimal: null, csv_bom: null },
      },
    })
  })
})
