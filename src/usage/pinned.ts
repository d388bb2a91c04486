import { allAccounts, type Whose } from '../accounts/whose.ts'
import { parameterError } from '../errors.ts'
import { pinDataVersion } from '../ledger/data-version.ts'
import { hadAllRows, type PastVersion, pinPastVersion } from '../ledger/past-version.ts'
import { type SeenData, seenBy } from '../ledger/seen-by-account.ts'
import type { Database } from '../ports/database/database.ts'
import type { Queries } from '../ports/database/schema.ts'
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

/** Attempts while loads cease to count during each; more often than a few times it does not happen. */
const attemptsMax = 5

/**
 * Reads data in one version. It reads again if loads ceased to count meanwhile, as their rows may be half removed.
 * @throws AppError as `seenBy`; CDN.0001 for a version that there is not; FLUXPORT.0301 for one that is not kept
 */
export async function readPinned<T>(
  database: Database,
  engine: Asked,
  question: DataQuestion,
  read: (data: PinnedData) => Promise<T>,
): Promise<T> {
  const range = { startTimeMs: question.startTimeMs, endTimeMs: Number.MAX_SAFE_INTEGER }
  for (let attempt = 1; ; attempt++) {
    const { past, isPast } = await pinned(database, question, range)
    const seen = await seenBy(database, question.whose, question.domains, past.version)
    const answer = await read({ ...seen, removedLoadIds: past.removedLoadIds, isPast })
    const isWhole = await hadAllRows({ database, engine }, past, range)
    if (isWhole) return answer
    if (attempt === attemptsMax) throw new Error(`loads ceased to count during each of ${attemptsMax} readings`)
  }
}

async function pinned(
  database: Database,
  { whose, dataVersion }: DataQuestion,
  range: { startTimeMs: number; endTimeMs: number },
): Promise<{ past: PastVersion; isPast: boolean }> {
  return await database.write(async (tx) => {
    const now = await pinDataVersion(database, tx, whose)
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
