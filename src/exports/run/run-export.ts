import { type NamedAccount, namedAccount } from '../../accounts/whose.ts'
import { assertKept } from '../../ledger/assert-kept.ts'
import { readFloors } from '../../ledger/floors.ts'
import { seenBy } from '../../ledger/seen-by-account.ts'
import type { Artifacts } from '../../ports/artifacts/artifacts.ts'
import type { Secrets } from '../../ports/warehouse/secrets.ts'
import type { Run, Warehouse } from '../../ports/warehouse/warehouse.ts'
import type { StageTimes } from '../../stage-times.ts'
import { zoneParameters } from '../../statistics/zone-offsets.ts'
import { readWatermarks } from '../../usage/rows/watermarks.ts'
import type { Column } from '../files/columns.ts'
import { gzipped, zipped } from '../files/compression.ts'
import type { FileTable } from '../files/file-format.ts'
import { reports } from '../reports/catalogue.ts'
import { type Coverage, coverageOf } from '../reports/coverage-summary.ts'
import type { FaultyDeliveries } from '../reports/faulty-deliveries.ts'
import type { ReportInput, Slice, Table } from '../reports/report.ts'
import { readTaskCoverage } from '../reports/task-coverage.ts'
import { readUnknownClients, type UnknownClients } from '../reports/unknown-clients.ts'
import type { ExportRequest } from '../request/export-request.ts'
import { requestOf } from '../request/stored-request.ts'
import { aboutFile } from './about-file.ts'
import { assertFinal } from './assert-final.ts'
import { billedAccounts } from './billed-accounts.ts'
import type { Artifact, Claim } from './claim.ts'
import { columnsInFile, formatOf, shownTimes } from './formats.ts'
import { manifestOf } from './manifest.ts'
import { type SliceResult, slicesInOrder } from './slices-in-order.ts'
import { type StorageDeps, watchWriting } from './stored-bytes.ts'
import { attemptPrefix, manifestName, type PlannedFile, plannedFiles, type TaskFile } from './task-files.ts'

export type ExportDeps = StorageDeps & {
  warehouse: Warehouse
  artifacts: Artifacts
  /** The key of client hashes; null: no address was truncated. */
  clientKey: () => Promise<Secrets | null>
  stages: Pick<StageTimes, 'ofExport'>
}

/** Rows written so far, and rows to write, for the heartbeat. */
export type Progress = { rows: number; expectedRows: number }

/** Ids of all statements of a task's attempts begin so; cancelling ends the running ones. */
export const exportQueryPrefix = (taskId: string) => `fluxport-export-${taskId}-`

/** One attempt at a task. */
type Attempt = {
  deps: ExportDeps
  claim: Claim
  /** The account whose data are read, of an operator's task that names one. */
  account: NamedAccount | null
  owner: NamedAccount
  request: ExportRequest
  input: ReportInput
  coverage: Coverage
  unknownClients: UnknownClients | null
  deliveries: FaultyDeliveries
  progress: Progress
  /** Zone parameters of the statements' times. */
  zone: ReturnType<typeof zoneParameters>
  run: (settings: Run['settings']) => Run
  /** Passes the bytes of a file that may be stored. */
  watched: ReturnType<typeof watchWriting>
}

/**
 * Makes the files of a claimed task: complete, durable, in this attempt's own directory. Nothing points to them yet.
 * @throws NotFinal when the request demands final figures; Error when a row is missing: a short file is never published
 */
export async function runExport(
  deps: ExportDeps,
  claim: Claim,
  progress: Progress,
  signal: AbortSignal,
): Promise<Artifact> {
  const request = requestOf(claim.task)
  const report = reports[request.action]
  await assertKept(deps.database, report.needs(request))
  const clientKey = report.countsClients ? await deps.clientKey() : null
  const run = runsOf(claim, signal, clientKey)
  // Domains as of the claim: the task may have waited, or be retried, after a domain went to another account.
  const data = await seenBy(deps.database, claim.task.whose ?? claim.task.account_id, request.domains, claim.version)
  const { domains } = data
  const rows: ReportInput['rows'] = (sql, parameters, settings) => deps.warehouse.rows(sql, parameters, run(settings))
  const seen = { rows, request, ...data }
  const coverage = await readTaskCoverage(seen)
  assertFinal(request, coverage)
  const input: ReportInput = {
    ...seen,
    watermarks: await readWatermarks(seen),
    coverage,
    accounts: await billedAccounts(deps.database, data),
    hasHashedClients: clientKey !== null,
  }
  progress.rows = 0
  progress.expectedRows = report.rowsMax(request, domains.length)
  const watched = watchWriting(deps, claim)
  const zone = zoneParameters(shownTimes(request), request.timeZone)
  const account = claim.task.whose === null ? null : await namedAccount(deps.database, claim.task.whose)
  const owner = await namedAccount(deps.database, claim.task.account_id)
  const unknownClients = await readUnknownClients(seen, await readFloors(deps.database.queries))
  const seenAs = { account, owner, coverage: coverageOf(input), unknownClients, deliveries: coverage.deliveries }
  const attempt = { deps, claim, ...seenAs, request, input, progress, zone, run, watched }
  const tables = report.tables(request)
  const files: TaskFile[] = []
  for (const file of plannedFiles(request, tables)) files.push(await putFile(attempt, file, signal))
  const manifest = manifestOf(claim, request, { tables, files, domains, ...seenAs })
  const [main] = files
  if (!main) throw new Error('a report without a table')
  files.push(await putManifest(attempt, main.name, manifest, signal))
  return { ...main, fileName: main.name, rows: progress.rows, files, manifest }
}

function runsOf(claim: Claim, signal: AbortSignal, secrets: Secrets | null): Attempt['run'] {
  let count = 0
  const prefix = `${exportQueryPrefix(claim.task.id)}${claim.leaseToken}`
  return (settings) => ({
    queryId: `${prefix}-${count++}`,
    signal,
    ...(settings ? { settings } : {}),
    ...(secrets ? { secrets } : {}),
  })
}

async function putFile(attempt: Attempt, file: PlannedFile, signal: AbortSignal): Promise<TaskFile> {
  const { deps, claim, request, progress } = attempt
  const before = progress.rows
  const about = () =>
    aboutFile(claim, request, {
      owner: attempt.owner,
      domains: attempt.input.domains,
      coverage: attempt.coverage,
      unknownClients: attempt.unknownClients,
      deliveries: attempt.deliveries,
      account: attempt.account,
      rows: progress.rows - before,
    })
  const format = formatOf(request)
  const bytesOf = (part: PlannedFile['parts'][number]) => format.write(fileTables(attempt, part.tables), about)
  const [main] = file.parts
  const bytes = {
    none: () => bytesOf(main),
    gzip: () => gzipped(bytesOf(main)),
    zip: () => zipped(file.parts.map((part) => ({ name: part.name, bytes: bytesOf(part) }))),
  }[request.compression]()
  const key = `${attemptPrefix(claim.task.id, claim.leaseToken)}/${file.name}`
  const put = () => deps.artifacts.put(key, attempt.watched(bytes), signal)
  const stored = await deps.stages.ofExport('write', put)
  return { name: file.name, key, rows: progress.rows - before, ...stored }
}

async function putManifest(attempt: Attempt, fileName: string, manifest: object, signal: AbortSignal) {
  const { deps, claim } = attempt
  const name = manifestName(fileName)
  const key = `${attemptPrefix(claim.task.id, claim.leaseToken)}/${name}`
  const text = JSON.stringify({ ...manifest, created_at: Date.now() }, null, 2)
  const bytes = (async function* () {
    yield Buffer.from(`${text}\n`)
  })()
  return { name, key, rows: null, ...(await deps.artifacts.put(key, attempt.watched(bytes), signal)) }
}

/** A workbook may have several sheets for one table. */
function fileTables(attempt: Attempt, tables: Table[]): FileTable[] {
  const { holdsAllTables } = formatOf(attempt.request)
  return tables
    .flatMap((table) => (holdsAllTables && table.sheets ? table.sheets(attempt.input) : [table]))
    .map((table) => fileTable(attempt, table))
}

/** A table with its rows in the format's form; the engine is queried as they are read. */
function fileTable(attempt: Attempt, table: Table): FileTable {
  const { request, input, progress } = attempt
  const columns = columnsInFile(request, table.columns)
  const cells = cellsSql(attempt, columns)
  const slices = async function* () {
    const query = (slice: Slice) => querySlice(attempt, { ...slice, sql: slice.sql.replace('/*cells*/', () => cells) })
    for await (const result of slicesInOrder(table.slices(input), query)) {
      yield result
      progress.rows += result.rows
    }
  }
  const { title, summed = [] } = table
  return { title, columns, summed, language: request.language, slices: slices() }
}

/** SQL of each column in the format's form. Names come only from the reports. */
function cellsSql({ request, zone }: Attempt, columns: readonly Column[]): string {
  const format = formatOf(request)
  const times = { offsetChanges: zone.zoneFrom.length > 1 }
  return columns
    .map(({ name, from, type }) => {
      const cell = format.cell(from ?? name, type, times)
      return format.hasNoNames ? cell : `${cell} AS \`${name}\``
    })
    .join(',\n    ')
}

async function querySlice(attempt: Attempt, slice: Slice): Promise<SliceResult> {
  const { engineFormat, settings } = formatOf(attempt.request)
  const run = attempt.run({ ...settings, ...slice.settings })
  const parameters = { ...attempt.zone, ...slice.parameters }
  const { warehouse, stages } = attempt.deps
  const sql = `${slice.sql}\nFORMAT ${engineFormat}`
  const result = await stages.ofExport('query', () => warehouse.bytes(sql, parameters, run))
  // Null: only the query can tell the number. Then only NaN, no number at all, is wrong.
  const expected = slice.rows ?? result.rows
  if (result.rows !== expected) throw new Error(`a slice has ${result.rows} rows instead of ${expected}`)
  return result
}
