import { accountNames } from '../../accounts/account-names.ts'
import { readOldestTasks, readStoredBytes } from '../../exports/tasks/watched-tasks.ts'
import type { Database } from '../../ports/database/database.ts'
import type { Questions } from '../../ports/warehouse/questions.ts'
import { holdAnswer } from './hold-answer.ts'
import { openMetricsText, openMetricsType } from './open-metrics.ts'
import { createLedgerReader, type LedgerReading } from './read-ledger.ts'
import { type TasksReading, usageFamilies } from './usage-families.ts'

/** The text of /metrics/usage, and its media type. */
export type UsageMetrics = {
  contentType: string
  /** @throws AppError as a question (ports/warehouse/questions.ts), when the ledger cannot be read */
  text(): Promise<string>
}

type Deps = {
  database: Database
  questions: Questions
  /** Most domains, sources and accounts. */
  usageMax: number
  /** Bound of an account without a limit of its own. */
  storedBytesMax: number
  stopping: AbortSignal
  nowMs?: () => number
}

/** No account has this id: those who watch have turns of their own among the accounts' questions. */
const turnOfWatchers = '/metrics/usage'

/** A scrape waits this long for new figures before it takes those of the last one. Prometheus gives up after 10 s. */
const patienceMs = 5_000

/** States of buckets and ages of loads change with the clock, in an unchanged ledger too. */
const currentMs = 300_000

/** Usage for Prometheus. The ledger is read again when it has changed, or after 5 minutes. */
export function createUsageMetrics({
  database,
  questions,
  usageMax,
  storedBytesMax,
  stopping,
  ...deps
}: Deps): UsageMetrics {
  const { nowMs = Date.now } = deps
  const readLedger = createLedgerReader(usageMax)
  const ledger = holdAnswer<LedgerReading>({
    make: () => questions.ask(turnOfWatchers, stopping, (engine) => readLedger({ database, engine, nowMs: nowMs() })),
    isCurrent: async ({ dataVersion, readAtMs }) =>
      nowMs() < readAtMs + currentMs && dataVersion === (await presentVersion(database)),
    patienceMs,
  })
  const tasks = holdAnswer<TasksReading>({
    make: async () => {
      const { accounts, leftOutCount } = await readStoredBytes(database, { max: usageMax, serverMax: storedBytesMax })
      const oldest = await readOldestTasks(database)
      return { oldest, stored: accounts, accountsLeftOut: leftOutCount, accountNames: await accountNames(database) }
    },
    isCurrent: async () => false,
    patienceMs,
  })
  return {
    contentType: openMetricsType,
    text: async () => openMetricsText(usageFamilies(await ledger(), await tasks(), nowMs())),
  }
}

async function presentVersion({ queries }: Database): Promise<number> {
  const row = await queries.selectFrom('counter').select('value').where('name', '=', 'data_version').executeTakeFirst()
  return row?.value ?? 0
}
