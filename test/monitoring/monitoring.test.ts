import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { batchStates, taskStates } from '../../src/server/state-counts.ts'
import { temporaryDirectory } from '../harness/directory.ts'
import { lineAt } from '../harness/recent-lines.ts'
import { startTestServer } from '../harness/server.ts'
import { readExposition, readExpression } from './promql.ts'

const repository = fileURLToPath(new URL('../..', import.meta.url))
const rulesPath = join(repository, 'deploy/prometheus/fluxport.rules.yaml')
const rulesTestPath = join(repository, 'test/monitoring/fluxport.rules.test.yaml')
const read = (path: string) => readFileSync(path, 'utf8')

type Rule = {
  alert: string
  expr: string
  labels: { severity: string }
  annotations: { summary: string; action: string }
}
type Variable = { name: string; type: string; definition?: string }
type Panel = { id: number; type: string; title: string; targets?: { expr: string; datasource: { uid: string } }[] }

const rules = (parse(read(rulesPath)) as { groups: { rules: Rule[] }[] }).groups.flatMap((group) => group.rules)
const dashboard = JSON.parse(read(join(repository, 'deploy/grafana/fluxport.json'))) as {
  templating: { list: Variable[] }
  panels: Panel[]
}

/** As Grafana asks them: its own variables have a value. */
const asked = (expression: string) => expression.replaceAll('$__rate_interval', '5m')
const panelExpressions = dashboard.panels.flatMap(({ title, targets = [] }) =>
  targets.map(({ expr }) => ({ from: title, expression: asked(expr) })),
)
const expressions = [...rules.map(({ alert, expr }) => ({ from: alert, expression: expr })), ...panelExpressions]

/** What Prometheus adds to each series of a target. */
const ofPrometheus = ['job', 'instance']
const states: Record<string, readonly string[]> = {
  fluxport_log_batches: batchStates,
  fluxport_export_tasks: taskStates,
}

const metricsToken = 'a-token-of-the-test'

/** Those of its work alone, and all with usage, of a server that has loaded, exported and looked at a source. */
let work: ReturnType<typeof readExposition>
let metrics: ReturnType<typeof readExposition>
beforeAll(async () => {
  const directory = await temporaryDirectory()
  await mkdir(join(directory.path, 'inbox'))
  const server = await startTestServer({ inbox: join(directory.path, 'inbox'), metricsToken })
  const atMs = Date.now() - 1_800_000
  await writeFile(
    join(directory.path, 'a.log'),
    `${lineAt(atMs - 10_800_000)}${lineAt(atMs, { status: 503 })}no log line\n`,
  )
  await server.loadFile(join(directory.path, 'a.log'))
  await server.exportText({
    start_time: atMs - 3_600_000,
    end_time: atMs,
  })
  await server.raw('/readyz')
  const headers = { Authorization: `Bearer ${metricsToken}` }
  work = readExposition((await server.raw('/metrics', { headers })).text)
  metrics = new Map([...readExposition((await server.raw('/metrics/usage', { headers })).text), ...work])
  await server.stop()
  await directory.remove()
})

/** The family of a series: a histogram has three. */
const familyOf = ({ metric }: { metric: string }) => metric.replace(/_(bucket|sum|count)$/, '')

/** Names in an expression that no server has. */
function unknownIn(expression: string): string[] {
  const { selected, grouping } = readExpression(expression)
  const own = selected.filter(({ metric }) => metric !== 'up')
  const labels = new Set([...own.flatMap(({ metric }) => [...(metrics.get(metric)?.keys() ?? [])]), ...ofPrometheus])
  const wrong = grouping.filter((label) => !labels.has(label))
  for (const { metric, matchers } of own) {
    const known = metrics.get(metric)
    if (!known) wrong.push(metric)
    for (const { label, operator, value } of matchers) {
      if (ofPrometheus.includes(label)) continue
      if (!known?.has(label)) wrong.push(`${metric}{${label}}`)
      // No server has answered with every status.
      if (label === 'status' && /^\d{3}$/.test(value)) continue
      const values = label === 'state' && states[metric] ? states[metric] : [...(known?.get(label) ?? [])]
      const wanted = operator.includes('~') ? value.split('|') : [value]
      wrong.push(...wanted.filter((one) => !values.includes(one)).map((one) => `${metric}{${label}="${one}"}`))
    }
  }
  return wrong
}

describe('deploy/prometheus and deploy/grafana', () => {
  it.each(expressions)('$from asks for what a server has', ({ expression }) => {
    expect(readExpression(expression).selected).not.toEqual([])
    expect(unknownIn(expression)).toEqual([])
  })

  it('an alert or a panel uses each of /metrics', () => {
    const used = new Set(expressions.flatMap(({ expression }) => readExpression(expression).selected).map(familyOf))
    const unused = [...work.keys()].map((metric) => familyOf({ metric })).filter((family) => !used.has(family))
    expect([...new Set(unused)]).toEqual([])
  })

  it('each alert is told apart, has a severity, and says what to do', () => {
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length)
    const page = read(join(repository, 'docs/guide/operating.md'))
    expect(page).toContain('\n## Alerts\n')
    for (const { alert, labels, annotations } of rules) {
      expect(['critical', 'warning', 'info']).toContain(labels.severity)
      expect(annotations.summary).not.toBe('')
      expect(annotations.action).toMatch(/: docs\/guide\/operating\.md#alerts$/)
      expect(page).toContain(`\`${alert}\``)
      expect([alert, read(rulesTestPath).includes(`alertname="${alert}"`)]).toEqual([alert, true])
    }
    for (const [, named] of page.matchAll(/`(Fluxport[A-Z]\w+)`/g))
      expect(rules.map(({ alert }) => alert)).toContain(named)
  })

  it('the dashboard asks the data source that its reader chooses', () => {
    const { list } = dashboard.templating
    expect(list.map(({ name, type }) => [name, type])).toEqual([
      ['datasource', 'datasource'],
      ['job', 'query'],
      ['instance', 'query'],
    ])
    for (const { definition } of list.slice(1))
      expect(metrics.has(/^label_values\((\w+)/.exec(definition ?? '')?.[1] ?? '')).toBe(true)
    const ids = dashboard.panels.map(({ id }) => id)
    expect(new Set(ids).size).toBe(ids.length)
    for (const { datasource } of dashboard.panels.flatMap(({ targets = [] }) => targets))
      expect(datasource.uid).toBe(`\${${list[0]?.name}}`)
    const rows = dashboard.panels.filter(({ type }) => type === 'row').map(({ title }) => title)
    expect(rows).toEqual(['Usage', 'Ingest', 'Exports', 'Queue', 'Disk', 'HTTP', 'Engine and process'])
  })
})

const promtool = (...args: string[]) => spawnSync('promtool', args, { encoding: 'utf8' })
const without = promtool('--version').status === 0 ? '' : ' (skipped: there is no promtool, Debian package prometheus)'

describe.skipIf(without)(`promtool${without}`, () => {
  it('takes the rules', () => {
    expect(promtool('check', 'rules', rulesPath)).toMatchObject({ status: 0, stderr: '' })
  })

  it('finds each alert on when it should be, and off when not', () => {
    const { status, stdout, stderr } = promtool('test', 'rules', rulesTestPath)
    expect(stdout + stderr).toContain('SUCCESS')
    expect(status).toBe(0)
  })

  it('takes every expression of the dashboard', async () => {
    const { path, remove } = await temporaryDirectory()
    const recorded = panelExpressions.map(({ expression: expr }, index) => ({ record: `panel:${index}`, expr }))
    await writeFile(join(path, 'panels.yaml'), JSON.stringify({ groups: [{ name: 'panels', rules: recorded }] }))
    const { status, stdout } = promtool('check', 'rules', join(path, 'panels.yaml'))
    expect([status, stdout]).toEqual([0, expect.stringContaining(`${recorded.length} rules found`)])
    await remove()
  })
})
