import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import BetterSqlite3 from 'better-sqlite3'
import pg from 'pg'
import { afterAll, expect, it } from 'vitest'
import { temporaryDirectory } from '../harness/directory.ts'
import { findPostgres, startTestPostgres } from '../harness/postgres.ts'
import { sendSigned } from '../harness/requests.ts'
import { startTestServer, type TestServer } from '../harness/server.ts'
import { routeCases } from '../isolation/route-cases.ts'
import { makeTenant, type Things } from '../isolation/two-accounts.ts'
import { type LedgerSize, ledgerStatements } from './large-ledger.mjs'
import { postgresSteps, type Step, sqliteSteps } from './plan-steps.ts'
import { recordStatements, type Statement } from './recorded-statements.ts'

/** Tables that grow for ever. */
const growing = ['batch', 'load', 'export_task', 'push']

/** Columns that hundreds of thousands of rows share: an index by them alone is a walk. */
const shared = ['state', 'account_id', 'source', 'owner', 'roll_up', 'delivery']

/** States and marks that rows rest in, so that nearly all rows of a table have them. */
const resting: Record<string, readonly string[]> = {
  batch: ['loaded', 'duplicate', 'failed', 'forgotten'],
  load: ['visible', 'purged', 'done'],
  export_task: ['success', 'expired', 'fail', 'canceled'],
}

/** Partial indexes of few rows: all others fail their condition. */
const ofFewRows = [
  ...['batch_by_turn', 'batch_refused', 'load_counts_as'],
  ...['export_task_waits_for_final', 'export_task_waiting', 'export_task_running', 'export_task_processing'],
  ...['export_task_reserved', 'export_task_leftover', 'export_task_pins'],
]

/** Statements that may walk, each with the reason. */
const mayWalk: [text: RegExp, why: string][] = [
  [/^select \* from "batch" order by "id" desc limit/, 'one page from the end of the primary key'],
  [/^select "data_version" .* order by "data_version" limit/, 'the first file’s version, by its index'],
  [/^select max\("\w+"\) as "value" from "\w+"$/, 'the last entry of an index'],
  [
    /^select "load"."load_id", "load"."batch_id", .* inner join "batch" on [^?$]*$/,
    'the consistency check compares all loads',
  ],
  [/^select sum\("artifact_bytes"\) .* where state = 'success' and /, 'an account’s stored files: at most its limit'],
  [/ where state not in \('waiting', 'processing'\) .* limit [?$]\d*$/, 'it stops at the first hundred that are due'],
  [/^select \* from \(select .*row_number\(\)/, 'refused batches of all accounts'],
  [/"error_message", "updated_at_ms" from "batch" .* order by "id" desc limit/, 'an account’s latest refused batches'],
  [/^select "content_path" as "path"/, 'files of the spool, once at the start'],
  [/ where "visible_version" <= .* order by "load_id" desc limit/, 'it stops at the last load of that version'],
]

const walks = (step: Step, statement: Statement): boolean => {
  if (!growing.includes(step.table) || ofFewRows.includes(step.index ?? '')) return false
  if (step.narrowedBy.some((column) => !shared.includes(column))) return false
  // A mark that few rows have narrows as well as a key.
  const marks = ['state', 'roll_up'].filter((column) => step.narrowedBy.includes(column))
  return !marks.some((column) => {
    const asked = valuesOf(statement, column)
    return asked.length > 0 && !asked.some((value) => resting[step.table]?.includes(value))
  })
}

/** Values that a statement’s condition compares a column with. */
function valuesOf({ text, values }: Statement, column: string): string[] {
  let place = 0
  const numbered = text.replace(/\?|\$\d+/g, (found) => (found === '?' ? `$${++place}` : found))
  const conditions = numbered.slice(numbered.indexOf(' where '))
  const compared = conditions.matchAll(new RegExp(`"${column}" (?:=|in) \\(?((?:\\$\\d+(?:, )?)+)`, 'g'))
  return [...compared].flatMap(([, places = '']) =>
    [...places.matchAll(/\d+/g)].map(([number]) => String(values[Number(number) - 1])),
  )
}

const metricsToken = 'a-token-of-the-test'

const isWork = ({ text }: Statement) => /^(select|update|delete|insert|with)\b/i.test(text)

/** All that people and the server itself ask of a ledger: each route by an operator and by an account, and the loops. */
async function useEverything(server: TestServer): Promise<Things> {
  const tenant = await makeTenant(server, 'asker')
  for (const key of [tenant.account, server.credentials])
    for (const route of Object.values(routeCases))
      for (const sent of route(tenant.things)) await sendSigned(server, { ...sent, key })
  const headers = { Authorization: `Bearer ${metricsToken}` }
  expect((await server.raw('/metrics/usage', { headers })).status).toBe(200)
  await delay(4_000) // each loop has run by then: the slowest of them waits 2 s
  return tenant.things
}

/** Statements of a server on an existing directory, so that its migrations are not among them; and a ledger's size. */
async function statementsOf(flags: Record<string, string>): Promise<{ statements: Statement[]; size: LedgerSize }> {
  await (await startTestServer(flags)).stop()
  const recorded = recordStatements()
  const server = await startTestServer({ ...flags, metricsToken, pushGroupSeconds: '0' })
  const { accountId: account, source } = await useEverything(server)
  await server.stop()
  recorded.stop()
  const statements = recorded.all().filter(isWork)
  expect(statements.length).toBeGreaterThan(200)
  const whose = { account, otherAccount: server.credentials.account_id, source, owner: 'x' }
  return { statements, size: { ...whose, batches: 30_000, first: 1000, sources: 200, nowMs: Date.now() } }
}

/** The end of a range without an end: whoever asks for all batches of a source has them walked. */
const farEndMs = 4_102_444_800_000

const walking = (explained: (Statement & { steps: Step[] })[]) =>
  explained
    .filter(({ values }) => !values.includes(farEndMs))
    .filter((statement) => statement.steps.some((step) => walks(step, statement)))
    .filter(({ text }) => !mayWalk.some(([known]) => known.test(text)))

const directories = await Promise.all([temporaryDirectory(), temporaryDirectory()])
afterAll(() => Promise.all(directories.map((directory) => directory.remove())))
const dataDirs = directories.map(({ path }) => join(path, 'data')) as [string, string]

it('walks no growing table on SQLite', async () => {
  const [dataDir] = dataDirs
  const { statements, size } = await statementsOf({ dataDir })
  const sqlite = new BetterSqlite3(join(dataDir, 'fluxport.sqlite'))
  for (const one of await ledgerStatements(size)) sqlite.exec(one)
  const explained = statements.map((statement) => ({ ...statement, steps: sqliteSteps(sqlite, statement) }))
  sqlite.close()
  expect(walking(explained)).toEqual([])
})

const source = findPostgres()
it.skipIf('reason' in source)('walks no growing table on PostgreSQL', async () => {
  const postgres = await startTestPostgres(source as Exclude<typeof source, { reason: string }>)
  const { url, drop } = await postgres.createDatabase()
  try {
    const { statements, size } = await statementsOf({ dataDir: dataDirs[1], databaseUrl: url })
    const client = new pg.Client(url)
    await client.connect()
    for (const one of await ledgerStatements(size)) await client.query(one)
    await client.query('ANALYZE')
    const explained: (Statement & { steps: Step[] })[] = []
    for (const statement of statements) explained.push({ ...statement, steps: await postgresSteps(client, statement) })
    await client.end()
    expect(walking(explained)).toEqual([])
  } finally {
    await drop()
    await postgres.stop()
  }
})
