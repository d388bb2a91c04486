import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Action, actions as allActions } from '../../src/exports/request/actions.ts'
import { parseCsv } from '../harness/csv.ts'
import { createAll, type Exported, exportedBy } from '../harness/exports.ts'
import { huaweiLine } from '../harness/log-lines.ts'
import { generate, loadLog } from '../harness/oracle.ts'
import type { Json } from '../harness/requests.ts'
import { startTestServer } from '../harness/server.ts'

export const zone = 'Asia/Shanghai'
export const formats = ['csv', 'xlsx', 'parquet', 'jsonl'] as const

type Column = { name: string; title: string; type: 'time' | 'text' | 'integer' | 'decimal' }
/** A table of an action, what its columns are, and every cell as text; nothing is null. */
export type Expected = { name: string; columns: Column[]; rows: (string | null)[][] }
/** An export's files by format, each table's in order; a workbook has all. */
export type ExportFiles = { name: string; tables: Expected[]; paths: Record<(typeof formats)[number], string[]> }

const at = (text: string) => Date.parse(text)
const day = { start_time: at('2026-09-03T00:00:00+08:00'), end_time: at('2026-09-04T00:00:00+08:00') }
/** More rows than a slice has, and a part for which there are no logs. */
const nineDays = { start_time: at('2026-08-30T00:00:00+08:00'), end_time: at('2026-09-08T00:00:00+08:00') }
/** A part in which only the odd texts were logged, as user agents. */
const oddMinutes = { start_time: at('2026-09-05T08:00:00+08:00'), end_time: at('2026-09-05T08:05:00+08:00') }
/** A bill's workbook has several sheets of one table: test/oracle/bill.test.ts compares them. */
const actions = allActions.filter((action): action is Exclude<Action, 'bill'> => action !== 'bill')
const requests: Record<Exclude<Action, 'bill'> | 'odd_texts', Json> = {
  reports_detail: { ...day, group_by: 'domain', interval: 3600 },
  top_url_detail: { ...day, group_by: 'domain', limit: 50 },
  top_path_detail: { ...day, limit: 1_000 },
  top_ua_detail: { ...day, limit: 1_000 },
  top_referer_detail: { ...day, group_by: 'domain' },
  top_ip_detail: { ...day, limit: 2_000 },
  isp_detail: { ...day, province: 'all', interval: 3600 },
  uv: { ...nineDays, group_by: 'domain', interval: 300 },
  billing_summary: day,
  odd_texts: { ...oddMinutes, action: 'top_ua_detail', stat_type: 'req_num' },
}
/** Of each action, and one more. */
export const names = [...actions, 'odd_texts'] as const

/** What a program may take for something else, drop, or run. */
export const oddTexts = [
  ...['=1+1', '@SUM(A1)', '+1+1', '-1+1', '＝1+1', '-1', '1E5', '0123', '1/2', '2026-09-01', 'TRUE', '12:30'],
  ...['_x0041_', '_x005F_', '_x0041_x0042_', ' before', 'after ', '  ', 'a\tb', 'a,b;c', '<b>&amp;</b>', ']]>', '\\N'],
  ...['😀', '中文', '\u202egpj.exe', '\u00a0', 'nan', 'NULL', '{}'],
]

/** A day of invented traffic, and files of it in every format, below `directory`. */
export async function exportFiles(directory: string): Promise<ExportFiles[]> {
  const log = { path: join(directory, 'traffic.log'), format: 'huawei_offline' }
  await generate(log, { lines: 40_000, start: '2026-09-03T00:00:00+08:00', seed: 11 })
  const server = await startTestServer({ timeZone: zone })
  try {
    await loadLog(server, log)
    const odd = oddTexts.map((userAgent) => huaweiLine({ userAgent, time: '05/Sep/2026:08:00:01 +0800' }))
    await server.load(odd.join(''), { name: 'odd.log' })
    const asked = names.flatMap((name) =>
      formats.map((format) => ({ action: name, format, service_area: 'global', ...requests[name] })),
    )
    const made: Exported[] = []
    for (const id of await createAll(server, asked)) made.push(await exportedBy(server, id))
    return await Promise.all(
      names.map((name, n) => writeAll(directory, name, made.slice(n * formats.length, (n + 1) * formats.length))),
    )
  } finally {
    await server.stop()
  }
}

async function writeAll(directory: string, name: string, made: Exported[]): Promise<ExportFiles> {
  const paths: ExportFiles['paths'] = { csv: [], xlsx: [], parquet: [], jsonl: [] }
  for (const [n, { files }] of made.entries()) {
    const format = formats[n] ?? 'csv'
    for (const [table, { bytes }] of files.entries()) {
      const path = join(directory, `${name}-${table}.${format}`)
      await writeFile(path, bytes)
      paths[format].push(path)
    }
  }
  return { name, tables: expectedTables(made[0]), paths }
}

/** CSV is what others are compared with; the figures in it are the oracle's matter. */
function expectedTables(csv: Exported | undefined): Expected[] {
  const manifest = csv?.task['manifest'] as { tables: { name: string; columns: Column[] }[] }
  return manifest.tables.map(({ name, columns }, n) => {
    const rows = parseCsv(csv?.files[n]?.bytes.toString().replace(/^\ufeff/, '') ?? '').slice(1)
    return { name, columns, rows: rows.map((row) => row.map((cell, i) => unguarded(cell || null, columns[i]?.type))) }
  })
}

/** Without the apostrophe that guards a text in CSV alone. */
export const unguarded = (cell: string | null, type: Column['type'] | undefined): string | null =>
  type === 'text' ? (cell?.replace(/^'(?=[-=+@＝])/, '') ?? null) : cell
