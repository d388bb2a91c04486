import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import BetterSqlite3 from 'better-sqlite3'
import { expect, it, onTestFinished } from 'vitest'
import { temporaryDirectory } from '../harness/directory.ts'
import { untilSettled } from '../harness/ledger-file.ts'
import { huaweiLine } from '../harness/log-lines.ts'
import { type Served, serve } from '../harness/served.ts'

const lines = 60_000
const tables = {
  request: 'count()',
  usage: 'sum(requests)',
  url_daily: 'sum(requests)',
  geography_hourly: 'sum(requests)',
}

/** A log with hardly a URL twice: its totals are as long as itself. */
async function writeLog(path: string, seed: number) {
  const pieces: string[] = []
  for (let n = 0; n < lines; n++) {
    const day = String((n % 28) + 1).padStart(2, '0')
    pieces.push(
      huaweiLine({ time: `${day}/Aug/2026:08:00:01 +0800`, path: `/${seed}/${n % 50_000}?x=${n}`, bytes: seed + n }),
    )
  }
  await writeFile(path, pieces.join(''))
}

/** Requests and bytes of each load in each table. */
async function sums({ warehouse }: Served) {
  const found: Record<string, unknown> = {}
  for (const [table, count] of Object.entries(tables)) {
    const bytes = table === 'request' ? 'sum(bytes)' : 'sum(flux_bytes)'
    found[table] = await warehouse.rows(
      `SELECT load_id, ${count} AS requests, ${bytes} AS flux FROM ${table} GROUP BY load_id ORDER BY load_id`,
    )
  }
  return found as Record<keyof typeof tables, { load_id: number; requests: number; flux: number }[]>
}

async function untilRollingUp(dataDir: string, batchId: number) {
  const database = new BetterSqlite3(join(dataDir, 'fluxport.sqlite'), { readonly: true })
  const state = database.prepare('select roll_up from load where batch_id = ? and state = ?').pluck()
  while (state.get(batchId, 'visible') === 'none') await delay(1)
  database.close()
}

/** How long after a roll-up has begun the process is killed, ms; whether its load is forgotten before. */
const rounds = [
  { afterMs: 0, forgets: false },
  { afterMs: 0, forgets: true },
  { afterMs: 30, forgets: false },
  { afterMs: 60, forgets: true },
  { afterMs: 120, forgets: false },
  { afterMs: 250, forgets: false },
]

it('a process that is killed while it rolls a load up leaves rollups that are exact after the next start', async () => {
  const directory = await temporaryDirectory()
  onTestFinished(directory.remove)
  const dataDir = join(directory.path, 'data')
  let server = await serve(dataDir)
  onTestFinished(() => server.kill())
  const kept: number[] = []
  for (const [round, { afterMs, forgets }] of rounds.entries()) {
    const path = join(directory.path, `${round}.log`)
    await writeLog(path, round + 1)
    const batch = await server.load(path)
    expect(batch).toMatchObject({ state: 'loaded', requests: lines })
    await untilRollingUp(dataDir, batch.batch_id)
    if (forgets) await server.client.send('DELETE', `/api/v1/log-batches/${batch.batch_id}`)
    else kept.push((lines * (lines - 1)) / 2 + lines * (round + 1))
    await delay(afterMs)
    await server.kill()
    server = await serve(dataDir)
  }
  await untilSettled(dataDir)
  const found = await sums(server)
  expect(found.request.map(({ requests, flux }) => [requests, flux])).toEqual(kept.map((flux) => [lines, flux]))
  for (const table of ['usage', 'url_daily', 'geography_hourly'] as const)
    expect(found[table], table).toEqual(found.request)
}, 300_000)
