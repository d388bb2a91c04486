import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse, stringify } from 'yaml'
import { temporaryDirectory } from '../harness/directory.ts'
import { readOpenMetrics } from '../harness/open-metrics.ts'
import { type Prometheus, startPrometheus, withoutPrometheus } from './prometheus.ts'
import { filesDomain, startWatchedServer, type WatchedServer, wellDomain, writeToken } from './watched-server.ts'

const read = (path: string) => readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), 'utf8')

type Rules = { groups: { name: string; rules: { alert: string; for?: string }[] }[] }
type Panel = { title: string; targets?: { expr: string }[] }

/** The configuration of docs/guide/operating.md, with a server, and with a look at the rules each second. */
async function configOf(directory: string, endpoint: string): Promise<string> {
  const block = /```yaml\n(rule_files:[\s\S]*?)```/.exec(read('docs/guide/operating.md'))?.[1] ?? ''
  expect(block).toContain('fluxport.rules.yaml')
  const config = block
    .replaceAll('/etc/prometheus/fluxport.token', await writeToken(directory))
    .replaceAll('127.0.0.1:8080', new URL(endpoint).host)
  return `global: { scrape_interval: 2s, scrape_timeout: 2s, evaluation_interval: 1s }\n${config}`
}

/** Writes the rules so that each fires as soon as it is true. @returns the alerts whose faults a server can have that answers */
async function writeRules(directory: string): Promise<string[]> {
  const rules = parse(read('deploy/prometheus/fluxport.rules.yaml')) as Rules
  for (const rule of rules.groups.flatMap((group) => group.rules)) delete rule.for
  await writeFile(join(directory, 'fluxport.rules.yaml'), stringify(rules))
  const alerts = (rules.groups.find(({ name }) => name === 'fluxport-usage')?.rules ?? []).map(({ alert }) => alert)
  // A busy machine may answer a scrape late: the last test is of this one.
  return alerts.filter((alert) => alert !== 'FluxportUsageUnread').sort()
}

const panels = (JSON.parse(read('deploy/grafana/fluxport.json')) as { panels: Panel[] }).panels

/** As Grafana asks: its variables have values, and no server here answers 503. */
const asked = (expression: string) =>
  expression
    .replaceAll('$__rate_interval', '1m')
    .replaceAll(/\$\{job\}|\$job/g, 'fluxport')
    .replaceAll('$instance', '.*')
    .replaceAll('status="503"', 'status="200"')

describe.skipIf(withoutPrometheus)(`a Prometheus that scrapes a server${withoutPrometheus}`, () => {
  let watched: WatchedServer
  let prometheus: Prometheus
  let usageAlerts: string[]
  let stop: () => Promise<void>
  beforeAll(async () => {
    watched = await startWatchedServer()
    const directory = await temporaryDirectory()
    usageAlerts = await writeRules(directory.path)
    prometheus = await startPrometheus(directory.path, await configOf(directory.path, watched.server.endpoint))
    stop = async () => {
      await prometheus.stop()
      await directory.remove()
    }
  })
  afterAll(() => stop())

  /** Asks until it holds: scrapes and rules follow each second, and the ledger is read a twentieth of the time. */
  async function until<T>(ask: () => Promise<T>, holds: (answer: T) => boolean, secondsMax = 200): Promise<T> {
    const endMs = Date.now() + secondsMax * 1_000
    for (;;) {
      const answer = await ask()
      if (holds(answer) || Date.now() > endMs) return answer
      await delay(200)
    }
  }

  /** Of usage alone: a rule without its patience may take a moment for a trend. */
  const firing = async () => (await prometheus.firing()).filter((alert) => usageAlerts.includes(alert))

  it('takes both texts, and finds nothing wrong with a server that is well', async () => {
    const targets = await until(
      prometheus.targets,
      (now) => now.length > 0 && now.every(({ health }) => health === 'up'),
    )
    expect(targets.map(({ labels, health, lastError }) => [labels.job, health, lastError]).sort()).toEqual([
      ['fluxport', 'up', ''],
      ['fluxport-usage', 'up', ''],
    ])
    const series = 'last_over_time(fluxport_usage_requests[1d])'
    const [found] = await until(
      () => prometheus.query(series),
      (now) => now.length > 0,
    )
    expect([found?.metric['domain'], found?.value?.[1]]).toEqual([wellDomain, '100'])
    await delay(3_000) // a look at the rules or two
    expect(await firing()).toEqual([])
  })

  it('fires each alert on usage once its fault is made', async () => {
    await watched.breakAll()
    expect(usageAlerts.length).toBeGreaterThan(7)
    expect(await until(firing, (now) => now.length === usageAlerts.length)).toEqual(usageAlerts)
  })

  it('keeps each figure at the time of its bucket, however old', async () => {
    const text = await watched.scrape()
    const told = readOpenMetrics(text).filter(({ name }) => name === 'fluxport_usage_flux_bytes')
    expect(
      told.some(({ labels, time }) => labels['domain'] === filesDomain && (time ?? 0) < Date.now() / 1000 - 7_200),
    ).toBe(true)
    for (const { labels, value, time } of told) {
      const [kept] = await prometheus.query(`fluxport_usage_flux_bytes{domain="${labels['domain']}"}[3d]`)
      expect(kept?.values).toContainEqual([time, String(value)])
    }
  })

  it('has data for every panel', async () => {
    const expressions = panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => asked(expr)))
    expect(expressions.length).toBeGreaterThan(30)
    const emptyOf = async () => {
      const found = await Promise.all(expressions.map((one) => prometheus.queryRange(one, 5)))
      return expressions.filter((_, n) => found[n]?.length === 0)
    }
    expect(await until(emptyOf, (empty) => empty.length === 0, 60)).toEqual([])
  })

  it('notices that usage is not answered any more', async () => {
    await watched.stop()
    const both = ['FluxportDown', 'FluxportUsageUnread']
    const fired = await until(prometheus.firing, (now) => both.every((alert) => now.includes(alert)))
    expect(fired).toEqual(expect.arrayContaining(both))
  })
})
