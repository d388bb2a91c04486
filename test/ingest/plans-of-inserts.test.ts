import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { logFormats } from '../../src/ingest/formats/known-formats.ts'
import type { LogFormat } from '../../src/ingest/formats/line/log-format.ts'
import { loadParameters, loadStatements } from '../../src/ingest/load/load-statements.ts'
import { temporaryDirectory } from '../harness/directory.ts'
import { startTestEngine } from '../harness/engine.ts'

/** nginx_json has the most names. */
const nodesMax = 4_500

const batch = {
  ...{ loadId: 1, serviceArea: 'mainland_china', unknownClientArea: 'mainland_china' as const, defaultDomain: '' },
  ...{ allowedDomains: [], countAlso: [], linesBefore: 0, firstKeptMs: 0, logZone: 'Asia/Shanghai' },
  nowMs: Date.UTC(2026, 10, 1),
}

describe('the statement that inserts requests', () => {
  let engine: Awaited<ReturnType<typeof startTestEngine>>
  let directory: Awaited<ReturnType<typeof temporaryDirectory>>
  let path: string
  beforeAll(async () => {
    engine = await startTestEngine()
    directory = await temporaryDirectory()
    path = join(directory.path, 'access.log')
    await writeFile(path, 'a line\n')
  })
  afterAll(async () => {
    await directory.remove()
    await engine.stop()
  })

  /** Has the engine explain the statement: `PLAN header = 1` gives steps with their columns, `QUERY TREE` its nodes. */
  async function explained(format: LogFormat, what: string, more: Record<string, unknown> = {}): Promise<string> {
    const lines = `(SELECT line, toUInt64(assumeNotNull(_row_number)) + 1 AS line_number FROM file({logPath:String}, 'LineAsString', 'line String', 'none'))`
    const insert = loadStatements(format, null).requests(lines)
    const select = insert.slice(insert.indexOf('SELECT'))
    const parameters = { ...loadParameters(format, batch), logPath: path, ...more }
    const rows = await engine.warehouse.rows<{ explain: string }>(`EXPLAIN ${what} ${select}`, parameters)
    return rows.map(({ explain }) => explain).join('\n')
  }

  // Row numbers make the engine read a file in one thread: 300,000 lines took 4.8 s instead of 1.8.
  it.each(logFormats.map((format) => [format.name, format] as const))(
    'reads no line numbers of %s',
    async (_, format) => {
      const plan = await explained(format, 'PLAN header = 1')
      expect(plan).toContain('ReadFromFile')
      expect(plan).not.toContain('_row_number')
    },
  )

  it('reads none of w3c whose header stands before all requests', async () => {
    const format = logFormats.find(({ name }) => name === 'w3c') as LogFormat
    const columns = 'date time c-ip cs-host cs-uri-stem sc-status sc-bytes'
    const parametersOf = (lines: string[]) => {
      const survey = format.survey?.({
        head: Buffer.from(lines.join('\n')),
        logZone: 'UTC',
        nowMs: batch.nowMs,
      } as never)
      for (const [n, line] of lines.entries()) if (line.startsWith('#Fields:')) survey?.see(line, n + 1)
      return survey?.parameters()
    }
    const [header, request] = [`#Fields: ${columns}`, '2026-09-01 00:00:01 198.51.100.7 www.example.com /a 200 7']
    expect(parametersOf(['#Version: 1.0', header, request])).toMatchObject({ headerLines: [0], headerLayouts: [1] })
    expect(parametersOf(['#Version: 1.0', request, header, request])).toMatchObject({ headerLines: [0, 3] })
    expect(await explained(format, 'PLAN header = 1', parametersOf([header, request]))).not.toContain('_row_number')
  })

  it('reads them where a line is a piece of another', async () => {
    const [format] = logFormats as [LogFormat]
    expect(await explained(format, 'PLAN header = 1', { pieceLines: [7] })).toContain('_row_number')
  })

  // An alias is copied to each place that names it, and so are the aliases within: the tree of combined had 3.3 MB, and took 0.7 s
  // for a log of one line. A subquery's columns are not copied.
  it.each(logFormats.map((format) => [format.name, format] as const))('copies few aliases of %s', async (_, format) => {
    const tree = await explained(format, 'QUERY TREE')
    expect(tree.split('\n').length).toBeLessThan(nodesMax)
  })
})
