// Questions for figures on a warm server: 1,000 domains with 90 days of 5-minute sums, and the URLs of 50 of them. The same rows lie in
// 90 loads, in about 100,000, and in as many of which 10,000 do not count. Rows are written through SQL.
import { createHash } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ownProcessorSeconds, processorSeconds, quantile, untilQuiet } from './measure.mjs'
import { startServer } from './server.mjs'
import { days, domainCount, hideLoads, layouts, nameOf, writeUsage } from './usage-rows.mjs'

const dayMs = 86_400_000
/** The contract's days: those of the URL totals. */
const dayZone = 'Etc/GMT-8'
/** The zone whose present month is the longest about a month's end. */
const monthZone = 'Etc/GMT+12'
const warmUps = 3

const names = (count, first = 0) => Array.from({ length: count }, (_, n) => nameOf(first + n)).join()

/** Questions with their targets, ms; `figures` picks what two layouts must have alike. */
function questionsOf(endMs) {
  const dayEndMs = Math.floor((endMs + 8 * 3_600_000) / dayMs) * dayMs - 8 * 3_600_000
  const range = { start_time: dayEndMs - 31 * dayMs, end_time: dayEndMs, time_zone: dayZone }
  const usage = (more) => ({ path: '/api/v1/usage', query: { ...range, ...more }, figures: ({ series }) => series })
  const month = (more) => ({
    path: '/api/v1/month',
    query: { time_zone: monthZone, ...more },
    figures: ({ total, above, domains }) => [total, above, domains],
  })
  const top = (more) => ({
    path: '/api/v1/top',
    query: { ...range, limit: 100, ...more },
    figures: ({ items }) => items,
  })
  return [
    { name: '1 domain, 31 days by 5 minutes', ms: [50, 100], ...usage({ domain_name: nameOf(500), interval: 300 }) },
    {
      ...{ name: '20 domains, 31 days by the hour', ms: [60, 120] },
      ...usage({ domain_name: names(20, 300), interval: 3600, group_by: 'domain' }),
    },
    { name: 'all domains summed, 31 days by 5 minutes', ms: [60, 120], ...usage({ interval: 300 }) },
    { name: 'top 100 domains of 31 days', ms: [50, 100], ...top({ of: 'domain' }) },
    { name: 'month to date of 1 domain', ms: [80, null], ...month({ domain_name: nameOf(500) }) },
    { name: 'month to date of 100 domains', ms: [300, null], ...month({ domain_name: names(100, 200) }) },
    {
      name: 'month to date of each of 100 domains',
      ms: [300, null],
      ...month({ domain_name: names(100, 200), group_by: 'domain' }),
    },
    { name: 'top 100 URLs of 1 domain, 31 days', ms: [100, 200], ...top({ of: 'url', domain_name: nameOf(20) }) },
  ]
}

/** Wall and processor time of a question, ms, and a digest of its figures. */
async function measured({ client, processId }, { path, query, figures }, rounds) {
  const ask = () => client.get(path, query)
  let answer
  for (let n = 0; n < warmUps; n++) answer = await ask()
  await untilQuiet(processId)
  const [all, own] = [processorSeconds(processId), ownProcessorSeconds(processId)]
  const walls = []
  for (let n = 0; n < rounds; n++) {
    const startedAt = process.hrtime.bigint()
    await ask()
    walls.push(Number(process.hrtime.bigint() - startedAt) / 1e6)
  }
  const server = 1000 * (ownProcessorSeconds(processId) - own)
  const total = 1000 * (processorSeconds(processId) - all)
  walls.sort((a, b) => a - b)
  return {
    ...{ p50: quantile(walls, 0.5), p95: quantile(walls, 0.95) },
    ...{ server: server / rounds, engine: (total - server) / rounds },
    digest: createHash('sha256')
      .update(JSON.stringify(figures(answer)))
      .digest('hex'),
  }
}

/** One row of the table; `base` is the measurement of the first layout, with which others are compared. */
function print({ name, ms: [p50Max, p95Max] }, layout, one, base) {
  const ms = (value) => value.toFixed(0)
  const took = `${ms(one.p50)} / ${ms(one.p95)}`
  const said = `processor ${ms(one.engine)} ms engine, ${ms(one.server)} ms server`
  const row = (...cells) => console.log(`| ${cells.join(' | ')} |`)
  if (!base) {
    const isMet = one.p50 <= p50Max && (p95Max === null || one.p95 <= p95Max)
    const target = `at most ${p50Max}${p95Max === null ? '' : ` / ${p95Max}`}`
    return row(`${name}, ${layout.name}, p50 / p95 ms`, took, target, isMet ? 'met' : 'MISSED', said)
  }
  const ratio = one.p50 / base.p50
  const figures = one.digest === base.digest ? 'the same figures' : 'OTHER figures'
  const verdict = `${ratio <= 1.5 ? 'met' : 'MISSED'}${layout.hidden > 0 ? '' : `; ${figures}`}`
  row(
    `${name}, ${layout.name} / ${layouts.days.name}, p50`,
    ratio.toFixed(2),
    'at most 1.5',
    verdict,
    `${took} ms; ${said}`,
  )
}

/** @param options.only names of layouts; omit for all. `options.keep`: a directory to write to and to leave, or to use as it is */
export async function benchUsage({ rounds = 21, only, keep } = {}) {
  const directory = keep ?? (await mkdtemp(join(tmpdir(), 'fluxport-usage-')))
  const found = new Map()
  try {
    for (const layout of Object.values(layouts).filter(({ key }) => !only || only.includes(key))) {
      const { dataDir, endMs, seconds } = await writeUsage(directory, layout)
      if (seconds !== null)
        console.log(
          `| rows of ${domainCount} domains and ${days} days, ${layout.name}, s to write | ${seconds.toFixed(0)} | at most 120 | | |`,
        )
      await hideLoads(dataDir, layout)
      const server = await startServer(dataDir)
      await untilQuiet(server.processId)
      for (const question of questionsOf(endMs)) {
        const one = await measured(server, question, rounds)
        print(question, layout, one, found.get(question.name))
        if (!found.has(question.name)) found.set(question.name, one)
      }
      await server.stop()
    }
  } finally {
    if (!keep) await rm(directory, { recursive: true, force: true })
  }
}
