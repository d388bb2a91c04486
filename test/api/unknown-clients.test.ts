import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runCommand } from '../harness/command.ts'
import { temporaryDirectory } from '../harness/directory.ts'
import { putGeoData } from '../harness/located-server.ts'
import { combinedLine } from '../harness/log-lines.ts'
import type { Json } from '../harness/requests.ts'
import { startTestServer, type TestServer } from '../harness/server.ts'

let directory: Awaited<ReturnType<typeof temporaryDirectory>>
let server: TestServer
let dataDir: string
beforeAll(async () => {
  directory = await temporaryDirectory()
  dataDir = join(directory.path, 'data')
  await mkdir(dataDir)
  server = await startTestServer({ dataDir })
  await putGeoData(server, { '1.0.0.0/24': 'au//qita', '1.0.1.0/24': 'cn/fujian/dianxin' })
})
afterAll(async () => {
  await server.stop()
  await directory.remove()
})

async function restart(flags: Record<string, string>) {
  await server.stop()
  server = await startTestServer({ dataDir, geo: 'on', ...flags })
}

const domain = 'unknown.example.test'
const hour = {
  ...{ start_time: Date.parse('2026-09-01T08:00:00+08:00'), end_time: Date.parse('2026-09-01T09:00:00+08:00') },
  ...{ domain_name: domain, language: 'en', interval: 300 },
}

/** Requests of known and unknown clients: 100 bytes each of China and Australia, then `bytes` of each unknown one. */
async function load(name: string, bytes: number) {
  const line = (address: string, size: number) =>
    combinedLine({ path: `/${name}`, bytes: size }).replace('198.51.100.7', address)
  const lines = [
    ...[line('1.0.1.1', 100), line('1.0.0.1', 100)],
    ...['10.0.0.1', '192.168.7.7', '9.9.9.9'].map((address) => line(address, bytes)),
  ]
  const { json, text } = await server.load(lines.join(''), { name: `${name}.log`, domain })
  expect(json['state'], text).toBe('loaded')
}

/** A file's traffic in an area, and what its manifest says of unknown clients. */
async function fileOf(area: string, more: Json = {}) {
  const asked = { ...hour, service_area: area, format: 'jsonl', ...more }
  const { json: created } = await server.call('POST', '/v1/cdn/statistics/export-tasks', asked)
  const id = String(created['task_id'])
  for (;;) {
    const { json: task } = await server.call('GET', `/api/v1/export-tasks/${id}`)
    if (task['state'] === 'fail') throw new Error(JSON.stringify(task['error']))
    if (task['state'] !== 'success') continue
    const manifest = task['manifest'] as Json
    return { unknown: manifest['unknown_clients'], notes: manifest['notes'] as string[] }
  }
}

const preflight = async (area: string, more: Json = {}) =>
  (await server.call('POST', '/api/v1/export-tasks/preflight', { ...hour, service_area: area, ...more })).json

/** Bytes of the file, and of unknown clients in it. */
async function bytesOf(area: string) {
  const { traffic, unknown_clients: unknown } = await preflight(area)
  return [Number((traffic as { file: Json }).file['flux']), Number((unknown as Json)['flux'])]
}

describe('clients whose country nobody knows', () => {
  it('count to the mainland by default, and each file says how much that is', async () => {
    await restart({})
    await load('first', 7)
    expect(await bytesOf('mainland_china')).toEqual([121, 21])
    expect(await bytesOf('outside_mainland_china')).toEqual([100, 0])
    const mainland = await fileOf('mainland_china')
    expect(mainland.unknown).toEqual({ requests: 3, flux: '21' })
    expect(mainland.notes).toEqual(['Clients of unknown country: 3 requests, 21 bytes of this range and area'])
    expect(await fileOf('outside_mainland_china')).toEqual({ unknown: { requests: 0, flux: '0' }, notes: [] })
    const bill = await fileOf('mainland_china', { action: 'bill', interval: undefined, format: 'csv' })
    expect(bill.notes).toContain('Clients of unknown country: 3 requests, 21 bytes of this range and area')
  })

  it('are named of parts of an hour and in Chinese, whatever places are asked for', async () => {
    const minutes = (from: number, to: number) => ({
      ...{ start_time: hour.start_time + from * 60_000, end_time: hour.start_time + to * 60_000 },
      ...{ language: 'zh', country: 'cn' },
    })
    for (const range of [minutes(0, 5), minutes(-5, 5), minutes(-70, 65)]) {
      const { unknown, notes } = await fileOf('mainland_china', range)
      expect(unknown).toEqual({ requests: 3, flux: '21' })
      expect(notes).toEqual(['国家未知的客户端: 本时间范围与服务区域内3个请求，21 Byte'])
    }
    expect((await fileOf('mainland_china', minutes(5, 70))).notes).toEqual([])
  })

  it('count to the area of the setting from then on, and nothing that is loaded moves', async () => {
    await restart({ unknownClientArea: 'outside_mainland_china' })
    expect(await bytesOf('mainland_china')).toEqual([121, 21])
    await load('second', 5)
    expect(await bytesOf('mainland_china')).toEqual([221, 21])
    expect(await bytesOf('outside_mainland_china')).toEqual([215, 15])
  })

  it('stay where they are when they are located again and stay unknown; who is known then moves', async () => {
    await putGeoData(server, { '1.0.0.0/24': 'au//qita', '1.0.1.0/24': 'cn/fujian/dianxin', '9.9.9.0/24': 'de//qita' })
    const { json } = await server.call('POST', '/api/v1/relocations', {})
    const id = String(json['relocation_id'])
    const state = async () => (await server.call('GET', `/api/v1/relocations/${id}`)).json['state']
    await expect.poll(state, { timeout: 60_000 }).toBe('done')
    expect(await bytesOf('mainland_china')).toEqual([214, 14])
    expect(await bytesOf('outside_mainland_china')).toEqual([222, 10])
  })

  it('are told on the terminal', async () => {
    const output = join(directory.path, 'out.csv')
    const times = ['--start', String(hour.start_time), '--end', String(hour.end_time)]
    const area = ['--service-area', 'mainland_china', '--domain', domain]
    const ran = await runCommand(dataDir, 'export', '--output', output, ...times, ...area)
    expect([ran.code, ran.err]).toEqual([0, expect.stringContaining('14 B in 2 requests are of clients whose country')])
  })
})
