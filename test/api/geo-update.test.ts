import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { parseAddress } from '../../src/geo/address.ts'
import { makeCertificate } from '../harness/certificates.ts'
import { runCommand } from '../harness/command.ts'
import { writeMmdb, writeXdb } from '../harness/geo-files.ts'
import { type LocatedServer, startLocatedServer } from '../harness/located-server.ts'
import type { Json } from '../harness/requests.ts'

let world: LocatedServer
let dataDir: string
beforeAll(async () => {
  world = await startLocatedServer({
    '1.0.0.0/24': 'au//qita',
    '1.0.1.0/24': 'cn/fujian/dianxin',
    '1.0.2.0/24': 'cn/shanghai/liantong',
  })
  dataDir = world.server.dataDir
})
afterAll(() => world.stop())

const at = (text: string) => parseAddress(text) ?? 0n
const v4 = (text: string) => at(text) - at('0.0.0.0')
const mainland = (code: string) => ({ country: { iso_code: code } })
/** Of 2026-04-01. */
const mmdb = writeMmdb([
  { first: v4('1.0.0.0'), bits: 120, value: mainland('AU') },
  { first: v4('1.0.1.0'), bits: 120, value: mainland('HK') },
  { first: v4('1.0.2.0'), bits: 120, value: mainland('CN') },
])
/** Of 2026-03-01. */
const xdb = writeXdb(2, 4, [
  { first: v4('1.0.0.0'), last: v4('1.0.0.255'), region: '澳大利亚|0|0|0|0' },
  { first: v4('1.0.1.0'), last: v4('1.0.1.255'), region: '中国|0|北京|北京市|联通' },
  { first: v4('1.0.2.0'), last: v4('1.0.2.255'), region: '中国|0|广东省|广州市|移动' },
])
const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')

/** Writes files of a new directory. */
async function directoryOf(name: string, files: Record<string, Buffer | string>): Promise<string> {
  const path = join(dataDir, name)
  await mkdir(path)
  for (const [file, bytes] of Object.entries(files)) await writeFile(join(path, file), bytes)
  return path
}

const update = (...args: string[]) => runCommand(dataDir, 'geo', 'update', ...args)
const status = async () => (await world.server.call('GET', '/api/v1/geo')).json
const placesNow = async () =>
  await Promise.all(
    ['1.0.0.7', '1.0.1.7', '1.0.2.7'].map(async (address) => {
      const { json } = await world.server.call('GET', `/api/v1/geo/addresses/${address}`)
      return `${json['country']}/${json['province']}/${json['carrier']}`
    }),
  )
const sourcesNow = async () => (await status())['sources'] as { name: string; date: string; sha256?: string }[]

describe('an update of the geographic data', () => {
  it('makes one version of a directory’s files: the newest decides, and older ones add what it leaves open', async () => {
    const sums = `${sha256(mmdb)}  country.mmdb\n${sha256(gzipSync(xdb))} *detail.xdb.gz\n`
    const files = { 'country.mmdb': mmdb, 'detail.xdb.gz': gzipSync(xdb), SHA256SUMS: sums, 'read.me': 'no data' }
    const ran = await update(await directoryOf('first', files), '--licence', 'CC BY 4.0')
    expect([ran.code, ran.out]).toEqual([
      0,
      expect.stringMatching(/^version 2: update of country\.mmdb, detail\.xdb, /),
    ])
    expect(await placesNow()).toEqual(['au//qita', 'hk/gangaotai/qita', 'cn/guangdong/yidong'])
    expect(await sourcesNow()).toMatchObject([
      { name: 'country.mmdb', date: '2026-04-01', licence: 'CC BY 4.0', sha256: sha256(mmdb) },
      { name: 'detail.xdb', date: '2026-03-01', sha256: sha256(xdb) },
      { name: 'of a test' },
    ])
    const outside = { newer: 'country.mmdb', older: 'detail.xdb', newer_says: 'outside_mainland_china' }
    expect((await status())['disagreements']).toMatchObject([{ ...outside, ranges: 1, addresses: '256' }])
  })

  it('with files that are in use already makes no version', async () => {
    const ran = await update(join(dataDir, 'first'))
    expect([ran.code, ran.out]).toEqual([0, expect.stringContaining('These files are in use already')])
    expect((await status())['geo_version']).toBe(2)
  })

  it('with data older than the countries in use changes no country, and counts where it would', async () => {
    const csv = '1.0.0.0/24,cn,浙江\n1.0.1.0/24,hk\n1.0.2.0/24,cn,北京\n'
    const directory = await directoryOf('older', { 'countries-2026-03-15.csv': csv })
    expect((await update(join(directory, 'countries-2026-03-15.csv'))).code).toBe(0)
    expect(await placesNow()).toEqual(['au//qita', 'hk/gangaotai/qita', 'cn/beijing/yidong'])
    const older = { older: 'countries-2026-03-15.csv', newer_says: 'outside_mainland_china', addresses: '256' }
    expect((await status())['disagreements']).toMatchObject([older])
  })

  it('of one address family keeps what is disputed of the other', async () => {
    const before = (await status())['disagreements']
    expect((await update(await directoryOf('six', { 'six.csv': '2a00::/12,de\n' }))).code).toBe(0)
    expect((await status())['disagreements']).toEqual(before)
    expect(before).toHaveLength(1)
  })

  it('takes the place of its name’s last month', async () => {
    const csv = '1.0.0.0/24,au\n1.0.1.0/24,hk\n1.0.2.0/24,cn\n'
    expect((await update(await directoryOf('month', { 'countries-2026-05.csv': csv }))).code).toBe(0)
    expect((await sourcesNow()).map(({ name, date }) => `${name} ${date}`)).toEqual([
      ...['countries-2026-05.csv 2026-05-01', 'six.csv ', 'country.mmdb 2026-04-01', 'detail.xdb 2026-03-01'],
      'of a test 2026-09-01',
    ])
  })
})

describe('an update is refused, and all stays, with', () => {
  const wanted = sha256(Buffer.from('another'))
  const lines = '1.0.0.0/24,au\n1.0.1.0/24,cn\n'
  it.each<[string, Record<string, Buffer | string>, string[], string]>([
    ['a part of the addresses', { 'a.csv': lines }, [], 'a.csv: it says a country for 66.6 % of the IPv4 addresses'],
    ['no country', { 'b.csv': '1.0.0.0/8,,,电信\n' }, [], 'b.csv: it says no country'],
    ['a file that is cut', { 'c.mmdb': mmdb.subarray(0, mmdb.length - 90) }, [], 'c.mmdb: it '],
    ['a bad file beside a good one', { 'd.mmdb': mmdb, 'e.csv': 'x\ny,z\n' }, [], 'e.csv: line 2: it does not begin'],
    ['a packed file that is cut', { 'f.xdb.gz': gzipSync(xdb).subarray(0, 200) }, [], 'f.xdb.gz: it is damaged'],
    ['another digest', { 'g.mmdb': mmdb }, ['--sha256', wanted], `its SHA-256 is ${sha256(mmdb)}, not the given one`],
    [
      'a digest of SHA256SUMS',
      { 'h.mmdb': mmdb, SHA256SUMS: `${wanted}  h.mmdb\n` },
      [],
      'which SHA256SUMS does not say',
    ],
    ['no file of data', { 'read.me': 'none' }, [], 'there is no file .xdb, .mmdb or .csv'],
  ])('%s', async (what, files, flags, says) => {
    const before = [await status(), await placesNow()]
    const ran = await update(await directoryOf(what.replaceAll(' ', '-'), files), ...flags)
    expect([ran.code, ran.out, ran.err]).toEqual([1, '', expect.stringContaining(says)])
    expect([await status(), await placesNow()]).toEqual(before)
    expect((await readdir(join(dataDir, 'spool'))).filter((name) => /\.(geo|upload)$/.test(name))).toEqual([])
  })

  it('bytes that are not those of the list', async () => {
    const { openClient } = await import('../../src/cli/client.ts')
    const { Readable } = await import('node:stream')
    const client = await openClient({ dataDir }, {})
    const send = (file: Json, body: string) =>
      client.upload('/api/v1/geo/updates', { files: JSON.stringify([file]) }, Readable.from([body]))
    const named = { name: 'x.csv', bytes: 5, sha256: sha256(Buffer.from('hello')) }
    await expect(send(named, 'hallo')).rejects.toThrow('x.csv: its SHA-256 is')
    await expect(send(named, 'hell')).rejects.toThrow('x.csv: its SHA-256 is')
    await expect(send(named, 'hello!')).rejects.toThrow('the body is longer than its files')
    await expect(send({ name: 'x.csv' }, '')).rejects.toThrow('it is not a JSON list')
  })
})

describe('an update from a URL', () => {
  it('is taken over https, by redirects of https alone', async () => {
    const { cert, key } = makeCertificate(dataDir, 'localhost')
    const csv = '1.0.0.0/24,nz\n1.0.1.0/24,hk\n1.0.2.0/24,cn\n'
    const redirects: Record<string, string> = { '/moved': '/geo.csv.gz', '/away': 'http://127.0.0.1:1/geo.csv' }
    const server = createServer({ cert: await readFile(cert), key: await readFile(key) }, (request, answer) => {
      const location = redirects[request.url ?? '']
      if (location) answer.writeHead(302, { location }).end()
      else if (request.url === '/geo.csv.gz') answer.end(gzipSync(csv))
      else answer.writeHead(404).end()
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(() => void server.close())
    const base = `https://localhost:${(server.address() as AddressInfo).port}`
    const from = async (url: string) => {
      const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url))
      const env = { PATH: process.env['PATH'], FLUXPORT_DATA_DIR: dataDir, NODE_EXTRA_CA_CERTS: cert }
      const child = spawn(process.execPath, [main, 'geo', 'update', url], { env, stdio: ['ignore', 'ignore', 'pipe'] })
      let said = ''
      child.stderr.setEncoding('utf8').on('data', (text) => {
        said += text
      })
      const [code] = await once(child, 'close')
      return `${code} ${said}`
    }
    expect(await from(`${base}/moved`)).toMatch(/^0 /)
    expect((await placesNow())[0]).toBe('nz//qita')
    expect(await from(`${base}/none`)).toMatch(/^1 .*HTTP 404/)
    expect(await from(`${base}/away`)).toMatch(/^1 .*from an https URL or a path alone/)
    expect(await from('http://localhost:1/geo.csv')).toMatch(/^1 .*from an https URL or a path alone/)
  })
})
