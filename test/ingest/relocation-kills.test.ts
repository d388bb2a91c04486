import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import BetterSqlite3 from 'better-sqlite3'
import { expect, it, onTestFinished } from 'vitest'
import { temporaryDirectory } from '../harness/directory.ts'
import { untilCount, untilSettled } from '../harness/ledger-file.ts'
import { putGeoData } from '../harness/located-server.ts'
import { huaweiLine } from '../harness/log-lines.ts'
import type { Json } from '../harness/requests.ts'
import { type Served, serve } from '../harness/served.ts'

const lines = 20_000
const batchCount = 4
const provinces = ['fujian', 'guangdong', 'beijing', 'shanghai']

/** How long after a copy has begun to be written the process is killed, ms; whether a batch is forgotten before. */
const rounds = [
  { afterMs: 0, forgets: false },
  { afterMs: 40, forgets: true },
  { afterMs: 150, forgets: false },
]

async function writeLog(path: string, seed: number) {
  const pieces: string[] = []
  for (let n = 0; n < lines; n++) {
    const day = String((n % 4) + 1).padStart(2, '0')
    pieces.push(huaweiLine({ time: `${day}/Aug/2026:08:00:01 +0800`, path: `/${seed}/${n}`, bytes: seed + n }))
  }
  await writeFile(path, pieces.join(''))
}
const fluxOf = (seed: number) => (lines * (lines - 1)) / 2 + lines * seed

/** A copy is being written, or all is done already. */
const untilCopying = (dataDir: string) =>
  untilCount(
    dataDir,
    `select (select count(*) from load where state = 'pending' and copied_by is not null)
     + not exists (select 1 from relocation where state in ('waiting', 'running'))`,
    true,
  )
const untilRelocated = async (dataDir: string) => {
  await untilCount(dataDir, "select count(*) from relocation where state in ('waiting', 'running')", false)
  await untilSettled(dataDir)
}

/** Requests and bytes by batch and province, in a table. */
async function sums(
  { warehouse }: Served,
  dataDir: string,
  table: 'request' | 'usage' | 'url_daily' | 'geography_hourly',
) {
  const [requests, flux] = table === 'request' ? ['count()', 'sum(bytes)'] : ['sum(requests)', 'sum(flux_bytes)']
  const place = table === 'request' || table === 'geography_hourly' ? 'province' : `''`
  const rows = await warehouse.rows<{ load_id: number; at: string; requests: number; flux: number }>(
    `SELECT load_id, ${place} AS at, ${requests} AS requests, ${flux} AS flux FROM ${table} GROUP BY load_id, at`,
  )
  const database = new BetterSqlite3(join(dataDir, 'fluxport.sqlite'), { readonly: true })
  const batchOf = database.prepare('select batch_id from load where load_id = ?').pluck()
  const found = rows.map(({ load_id: id, ...row }) => ({ batch: Number(batchOf.get(id)), ...row }))
  database.close()
  return found.sort((a, b) => a.batch - b.batch)
}

it('a process that is killed while it looks batches up again goes on after the next start, and loses and doubles nothing', async () => {
  const directory = await temporaryDirectory()
  onTestFinished(directory.remove)
  const dataDir = join(directory.path, 'data')
  let server = await serve(dataDir)
  onTestFinished(() => server.kill())
  await putGeoData({ dataDir, warehouse: server.warehouse }, { '198.51.100.0/24': 'cn/fujian/dianxin' })
  const counting = new Set<number>()
  for (let batch = 1; batch <= batchCount; batch++) {
    const path = join(directory.path, `${batch}.log`)
    await writeLog(path, batch)
    expect(await server.load(path)).toMatchObject({ batch_id: batch, state: 'loaded', requests: lines })
    counting.add(batch)
  }
  await server.kill()
  server = await serve(dataDir, '--geo', 'on')
  for (const [round, { afterMs, forgets }] of rounds.entries()) {
    const province = provinces[round + 1] ?? ''
    await putGeoData({ dataDir, warehouse: server.warehouse }, { '198.51.100.0/24': `cn/${province}/yidong` })
    const first = [...counting].slice(0, 2)
    for (const scope of [{ batch_ids: first }, {}]) await server.client.send('POST', '/api/v1/relocations', scope)
    await untilCopying(dataDir)
    if (forgets) {
      await server.client.send('DELETE', '/api/v1/log-batches/1')
      counting.delete(1)
    }
    await delay(afterMs)
    await server.kill()
    server = await serve(dataDir, '--geo', 'on')
    await untilRelocated(dataDir)
    const expected = [...counting].map((batch) => ({ batch, requests: lines, flux: fluxOf(batch) }))
    for (const table of ['request', 'usage', 'url_daily', 'geography_hourly'] as const) {
      const at = table === 'request' || table === 'geography_hourly' ? province : ''
      const found = await sums(server, dataDir, table)
      expect([round, table, found]).toEqual([round, table, expected.map((one) => ({ ...one, at }))])
    }
    const { relocations } = await server.client.get<{ relocations: Json[] }>('/api/v1/relocations', { limit: 2 })
    expect(relocations.map((one) => [one['state'], one['batches_failed']])).toEqual([
      ['done', 0],
      ['done', 0],
    ])
    const shown = await server.client.get<Json>(`/api/v1/log-batches/${[...counting].at(-1)}`)
    expect(shown['geo_version']).toBe(round + 2)
  }
}, 300_000)
