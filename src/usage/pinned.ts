import { randomUUID } from 'node:crypto'
import type { Transaction } from 'kysely'
import { allAccounts, type Whose } from '../accounts/whose.ts'
import { parameterError } from '../errors.ts'
import { pinDataVersion } from '../ledger/data-version.ts'
import { hadAllRows, type PastVersion, pinPastVersion } from '../ledger/past-version.ts'
import { type SeenData, seenBy } from '../ledger/seen-by-account.ts'
import type { Database } from '../ports/database/database.ts'
import type { Queries, Tables } from '../ports/database/schema.ts'
import type { Asked } from '../ports/warehouse/questions.ts'

/** Domains in a data version, of now or of the past, as their owners see them. */
export type PinnedData = SeenData & Pick<PastVersion, 'removedLoadIds'> & { isPast: boolean }

/** A question for data. `dataVersion`: a number as the account is shown it; null: the version of now. */
export type DataQuestion = {
  whose: Whose
  /** Sorted; null for all. */
  domains: readonly string[] | null
  dataVersion: number | null
  /** The earliest time that is read. */
  startTimeMs: number
}

/**
 * Reads data in one version. The first reading holds nothing. If loads ceased to count during it, their rows may be half
 * removed: a second one holds its version, so that no row of it is removed meanwhile.
 * @throws AppError as `seenBy`; CDN.0001 for a version that there is not; FLUXPORT.0301 for one that is not kept
 */
export async function readPinned<T>(
  database: Database,
  engine: Asked,
  question: DataQuestion,
  read: (data: PinnedData) => Promise<T>,
): Promise<T> {
  const range = { startTimeMs: question.startTimeMs, endTimeMs: Number.MAX_SAFE_INTEGER }
  const reading = async (holdId: string | null) => {
    const { past, isPast } = await pinned(database, question, { range, holdId })
    const seen = await seenBy(database, question.whose, question.domains, past.version)
    const answer = await read({ ...seen, removedLoadIds: past.removedLoadIds, isPast })
    return { answer, isWhole: await hadAllRows({ database, engine }, past, range) }
  }
  const first = await reading(null)
  if (first.isWhole) return first.answer
  const holdId = randomUUID()
  try {
    return (await reading(holdId)).answer
  } finally {
    await database.queries.deleteFrom('backup_pin').where('id', '=', holdId).execute()
  }
}

/** Longer than a question may take (--query-seconds-max). A process that dies holds a version no longer. */
const holdMs = 600_000

/** As a backup does: rows that count at this version, or at a later one, are not removed. */
async function hold(database: Database, tx: Transaction<Tables>, id: string, dataVersion: number): Promise<void> {
  await tx
    .insertInto('backup_pin')
    .values((eb) => ({ id, data_version: dataVersion, until_ms: eb(database.nowMs, '+', holdMs) }))
    .execute()
}

async function pinned(
  database: Database,
  { whose, dataVersion }: DataQuestion,
  { range, holdId }: { range: { startTimeMs: number; endTimeMs: number }; holdId: string | null },
): Promise<{ past: PastVersion; isPast: boolean }> {
  return await database.write(async (tx) => {
    const now = await pinDataVersion(database, tx, whose)
    if (holdId !== null) await hold(database, tx, holdId, now.dataVersion)
    if (dataVersion === null || dataVersion === now.shownVersion)
      return { past: { version: now, removedLoadIds: [] }, isPast: false }
    const isServers = whose === allAccounts || whose === now.firstAccountId
    const ofServer =
      isServers && dataVersion < now.dataVersion ? dataVersion : await versionOfTask(tx, whose, dataVersion)
    if (ofServer === null)
      throw parameterError(
        'data_version',
        `${dataVersion} is neither the present one nor that of a task of the account`,
      )
    const asked = { dataVersion: ofServer, shownVersion: dataVersion, range }
    return { past: await pinPastVersion(tx, asked), isPast: true }
  })
}

/** An account's own number, as one of its tasks has it, as the server's. */
async function versionOfTask(queries: Queries, whose: Whose, shownVersion: number): Promise<number | null> {
  const row = await queries
    .selectFrom('export_task')
    .select(({ fn }) => fn.max('data_version').as('dataVersion'))
    .where('account_version', '=', shownVersion)
    .where((eb) => eb.or([eb('whose', '=', whose), eb.and([eb('whose', 'is', null), eb('account_id', '=', whose)])]))
    .executeTakeFirst()
  return row?.dataVersion ?? null
}
