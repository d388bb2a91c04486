import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openClient } from '../../src/cli/client.ts'
import { parseAddress } from '../../src/geo/address.ts'
import { runCommand } from '../harness/command.ts'
import { parseCsv } from '../harness/csv.ts'
import { writeMmdb, writeXdb } from '../harness/geo-files.ts'
import { type LocatedServer, startLocatedServer } from '../harness/located-server.ts'
import { combinedLine } from '../harness/log-lines.ts'
import type { Json } from '../harness/requests.ts'
import { startTestServer, type TestServer } from '../harness/server.ts'

let world: LocatedServer
let server: TestServer
beforeAll(async () => {
  world = await startLocatedServer({
    '1.0.0.0/24': 'au//qita',
    '1.0.1.0/24': 'cn/fujian/dianxin',
    '1.0.2.0/24': 'cn/shanghai/liantong',
  })
  server = world.server
})
afterAll(() => world.stop())

const run = (...args: string[]) => runCommand(server.dataDir, 'geo', ...args)
const status = async () => (await server.call('GET', '/api/v1/geo')).json
const placeOf = async (address: string) => {
  const { json } = await server.call('GET', `/api/v1/geo/addresses/${address}`)
  return `${json['country']}/${json['province']}/${json['carrier']}`
}
/** An import as the API takes it. */
const upload = async (name: string, file: Buffer | string, about: Record<string, string> = {}) => {
  const client = await openClient({ dataDir: server.dataDir }, {})
  return await client.upload<Json>('/api/v1/geo/imports', { name, ...about }, Readable.from([Buffer.from(file)]))
}
const at = (text: string) => parseAddress(text) ?? 0n
const v4 = (text: string) => at(text) - at('0.0.0.0')

const sourceNames = (json: Json) => (json['sources'] as { name: string }[]).map((source) => source.name)

let logs = 0
/** Loads two requests from each address, of a domain of its own. @returns the domain */
async function load(addresses: string[]): Promise<string> {
  const domain = `g${++logs}.example.test`
  const lines = addresses.flatMap((address) =>
    ['/a', '/b'].map((path) => combinedLine({ path, bytes: 10 }).replace('198.51.100.7', address)),
  )
  const { json, text } = await server.load(lines.join(''), { name: `${domain}.log`, domain })
  expect(json['state'], text).toBe('loaded')
  return domain
}

const hour = {
  start_time: Date.parse('2026-09-01T08:00:00+08:00'),
  end_time: Date.parse('2026-09-01T09:00:00+08:00'),
  service_area: 'global',
  language: 'en',
}
/** Requests by carrier and province in a file of a domain, those without any left out. */
async function carriersOf(domain: string, interval = 3600): Promise<Record<string, number>> {
  const area = { service_area: 'mainland_china' }
  const asked = { ...hour, ...area, action: 'isp_detail', province: 'all', domain_name: domain, interval }
  const [head = [], ...rows] = parseCsv(await server.exportText(asked))
  const column = (title: string) => head.findIndex((one) => one.startsWith(title))
  const [carrier, province, requests] = ['Carrier code', 'Province code', 'Requests'].map(column)
  const found = rows.map((row) => [`${row[province ?? 0]}/${row[carrier ?? 0]}`, Number(row[requests ?? 0])] as const)
  return Object.fromEntries(found.filter(([, count]) => count > 0))
}
/** Requests of a domain from a country, as a file has them. */
async function requestsFrom(domain: string, country: string): Promise<number> {
  const [head = [], ...rows] = parseCsv(await server.exportText({ ...hour, country, domain_name: domain }))
  const column = head.findIndex((one) => one.startsWith('Requests'))
  return rows.reduce((sum, row) => sum + Number(row[column] ?? 0), 0)
}

describe('geographic data', () => {
  it('are shown with their version, sources, dates and licences', async () => {
    expect(await status()).toMatchObject({ is_on: true, geo_version: 1, name: 'of a test', networks: 3 })
    expect((await status())['built_in']).toMatch(/^built-in /)
    const ran = await run('status')
    expect([ran.code, ran.err]).toEqual([0, ''])
    expect(ran.out).toMatch(
      /^version 1: of a test, 3 networks, loaded 20.* UTC\nsource +covers +date +licence +attribution\n/,
    )
    expect(ran.out).toMatch(/of a test +a few networks +2026-09-01 +none +-/)
  })

  it('locate the clients of what is loaded with them, in files too', async () => {
    const domain = await load(['1.0.0.1', '1.0.1.1', '1.0.1.2', '1.0.2.1', '10.0.0.1'])
    const carriers = { 'fujian/dianxin': 4, 'shanghai/liantong': 2, 'qita/qita': 2 }
    expect(await carriersOf(domain)).toEqual(carriers)
    expect(await carriersOf(domain, 300)).toEqual(carriers)
    expect(await Promise.all(['cn', 'au', 'qita', 'all'].map((code) => requestsFrom(domain, code)))).toEqual([
      6, 2, 2, 10,
    ])
  })

  it('are put under those of a file: MMDB by the API, xdb and CSV by the command', async () => {
    const mmdb = writeMmdb([
      {
        first: v4('1.0.1.0'),
        bits: 121,
        value: { country: { iso_code: 'CN' }, subdivisions: [{ iso_code: 'GD' }], traits: { isp: 'China Mobile' } },
      },
    ])
    const about = { licence: 'CC-BY-4.0', attribution: 'Someone' }
    const after = await upload('some.mmdb', mmdb, about)
    expect(after).toMatchObject({ geo_version: 2, name: 'import of some.mmdb' })
    expect(after['sources']).toMatchObject([{ name: 'some.mmdb', date: '2026-04-01', ...about }, { name: 'of a test' }])
    expect(await Promise.all(['1.0.1.1', '1.0.1.200'].map(placeOf))).toEqual([
      'cn/guangdong/yidong',
      'cn/fujian/dianxin',
    ])

    const segments = [
      { first: v4('0.0.0.0'), last: v4('1.0.1.255'), region: '0|0|0|0|0' },
      { first: v4('1.0.2.0'), last: v4('1.0.2.255'), region: '中国|0|北京|北京市|联通' },
      { first: v4('1.0.3.0'), last: v4('255.255.255.255'), region: '0|0|0|0|0' },
    ]
    const path = join(server.dataDir, 'some.xdb')
    await writeFile(path, writeXdb(2, 4, segments))
    const ran = await run('import', path, '--licence', 'Apache-2.0')
    expect([ran.code, ran.err]).toEqual([0, ''])
    expect(ran.out).toMatch(
      /^version 3: import of some\.xdb, .*\n(.*\n)*some\.xdb +ip2region, IPv4 +2026-03-01 +Apache-2\.0/,
    )
    expect(ran.out).toContain('fluxport batches relocate')

    await writeFile(join(server.dataDir, 'own.csv'), '1.0.0.0/25,cn,zhejiang,dianxin\n')
    expect((await run('import', join(server.dataDir, 'own.csv'))).out).toMatch(/^version 4: import of own\.csv/)
    const disputed = { newer: 'own.csv', older: 'import of some.xdb', family: 'ipv4', newer_says: 'mainland_china' }
    expect((await status())['disagreements']).toEqual([{ ...disputed, ranges: 1, addresses: '128' }])
    expect((await run('status')).out).toContain('mainland China disputed: 128 IPv4 addresses in 1 range are')
    expect(sourceNames(await status())).toEqual(['own.csv', 'some.xdb', 'some.mmdb', 'of a test'])
    const shown = await run('show', '1.0.0.1', '1.0.0.200', '1.0.2.1')
    expect(
      shown.out
        .split('\n')
        .slice(1, 4)
        .map((line) => line.split(/ +/).join(' ')),
    ).toEqual(['1.0.0.1 cn zhejiang dianxin 4', '1.0.0.200 au - qita 4', '1.0.2.1 cn beijing liantong 4'])
    const domain = await load(['1.0.0.1', '1.0.1.1', '1.0.1.200', '1.0.2.1'])
    const carriers = { 'zhejiang/dianxin': 2, 'guangdong/yidong': 2, 'fujian/dianxin': 2, 'beijing/liantong': 2 }
    expect(await carriersOf(domain)).toEqual(carriers)
  })

  it('stay when a file cannot be used, and the answer names the line', async () => {
    const before = await status()
    await expect(upload('bad.csv', '1.0.0.0/8,de\n1.0.0.0/16,fr\n')).rejects.toThrow(
      /FLUXPORT\.0501: .* line 2: 1\.0\.0\.0 is in line 1 too/,
    )
    await expect(upload('empty.mmdb', '')).rejects.toThrow(/FLUXPORT\.0501/)
    const ran = await run('import', join(server.dataDir, 'none.csv'))
    expect([ran.code, ran.err]).toEqual([1, expect.stringMatching(/none\.csv: there is no such file/)])
    expect((await run('import')).err).toMatch(/Give a file, or --built-in/)
    expect(await status()).toEqual(before)
  })

  it('are an operator’s alone to see and to change', async () => {
    const { json } = await server.call('POST', '/api/v1/access-keys', { role: 'account' })
    const key = json as { access_key: string; secret_key: string }
    for (const [method, path] of [
      ['GET', '/api/v1/geo'],
      ['DELETE', '/api/v1/geo/imports'],
      ['GET', '/api/v1/geo/addresses/1.0.0.1'],
      ['POST', '/api/v1/relocations'],
    ] as const) {
      const answer = await server.call(method, path, method === 'POST' ? {} : undefined, key)
      expect([path, answer.json['error_code']]).toEqual([path, 'CDN.0004'])
    }
  })

  it('go back to those of the program', async () => {
    const ran = await run('import', '--built-in')
    expect([ran.code, ran.err]).toEqual([0, ''])
    const { name, built_in: builtIn, geo_version: version } = await status()
    expect([name, version]).toEqual([builtIn, 5])
    expect(await placeOf('2001:da8::1')).toMatch(/^cn\//)
  })
})

describe('a server that looks nothing up', () => {
  it('says so to who asks, imports or looks batches up again', async () => {
    const off = await startTestServer()
    try {
      expect((await off.call('GET', '/api/v1/geo')).json).toMatchObject({ is_on: false, geo_version: null })
      for (const path of ['/api/v1/relocations', '/api/v1/relocations/preview']) {
        const { status: code, json } = await off.call('POST', path, {})
        expect([code, json['error_msg']]).toEqual([404, 'Nothing is looked up: the server runs with --geo off'])
      }
      expect((await off.call('DELETE', '/api/v1/geo/imports')).status).toBe(404)
      expect((await runCommand(off.dataDir, 'geo', 'status')).out).toBe(
        'Nothing is looked up: the server runs with --geo off\nNo data are loaded\n',
      )
    } finally {
      await off.stop()
    }
  })
})
