// The task list among a million tasks, and the time from create to processing.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import BetterSqlite3 from 'better-sqlite3'
import { median, pairCount, report, seconds } from './measure.mjs'
import { startServer } from './server.mjs'

const listsPerRun = 200

/** Fills the task table as creates would leave it, counter included. */
async function seed(dataDir, count) {
  const server = await startServer(dataDir)
  await server.stop()
  const sqlite = new BetterSqlite3(join(dataDir, 'fluxport.sqlite'))
  const accountId = sqlite.prepare('select id from account').pluck().get()
  const request = JSON.stringify({ action: 'reports_detail', startTimeMs: 0, endTimeMs: 300_000, intervalSeconds: 300 })
  sqlite.exec('begin')
  const insert = sqlite.prepare(`insert into export_task
    (id, account_id, name, action, state, request_json, attempts, lease_token, run_at_ms, progress_rows, created_at_ms, updated_at_ms, state_since_ms, file_name, artifact_key)
    values (?, ?, ?, 'reports_detail', 'success', ?, 1, 1, 0, 0, ?, ?, ?, 'x.csv', 'x')`)
  for (let n = 0; n < count; n++) {
    const timeMs = 1_700_000_000_000 + ((n * 7919) % count) * 1000
    insert.run(n.toString(16).padStart(32, '0'), accountId, `task_${n}`, request, timeMs, timeMs, timeMs)
  }
  sqlite.prepare('insert into export_task_count values (?, ?)').run(accountId, count)
  sqlite.exec('commit')
  sqlite.close()
}

async function listMany(server) {
  for (let i = 0; i < listsPerRun; i++) {
    const { data } = await server.client.get('/v1/cdn/statistics/export-tasks', { limit: 10 })
    if (data.length !== 10) throw new Error('a short page')
  }
}

export async function benchTasks() {
  const directory = mkdtempSync(join(tmpdir(), 'fluxport-bench-'))
  try {
    await seed(join(directory, 'few'), 100)
    await seed(join(directory, 'many'), 1_000_000)
    const few = await startServer(join(directory, 'few'))
    const many = await startServer(join(directory, 'many'))
    const total = (await many.client.get('/v1/cdn/statistics/export-tasks', { limit: 1 })).total
    const ratios = []
    for (let i = 0; i <= pairCount; i++) {
      const [a, b] = [await seconds(() => listMany(many)), await seconds(() => listMany(few))]
      if (i > 0) ratios.push(a / b) // the first is the warm-up
    }
    report(`list of 10, with total, among ${total.toLocaleString('en-US')} tasks / among 100`, ratios, { atMost: 1.5 })
    await many.stop()
    await benchClaim(few)
    await few.stop()
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

/** From the answer of a create to the first look that finds the task no longer waiting. */
async function benchClaim(server) {
  const delaysMs = []
  for (let i = 0; i < 50; i++) {
    const startedAt = process.hrtime.bigint()
    const { task_id: id } = await server.client.send('POST', '/v1/cdn/statistics/export-tasks', {})
    let state = 'waiting'
    while (state === 'waiting') ({ state } = await server.client.get(`/api/v1/export-tasks/${id}`))
    delaysMs.push(Number(process.hrtime.bigint() - startedAt) / 1e6)
    while (state === 'processing') ({ state } = await server.client.get(`/api/v1/export-tasks/${id}`))
  }
  report(
    'create → processing on an idle server, ms',
    delaysMs,
    { atMost: 50 },
    `median ${median(delaysMs).toFixed(1)} ms of 50, the create itself and a look included`,
  )
}
