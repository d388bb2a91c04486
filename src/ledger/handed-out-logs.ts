import type { ExpressionBuilder } from 'kysely'
import type { Database } from '../ports/database/database.ts'
import type { KeptLogRow } from '../ports/database/keeping-rows.ts'
import type { Queries, Tables } from '../ports/database/schema.ts'

/**
 * Kept logs that an account gets: those in which every line that counts is of a domain that is its own now, and of the
 * time that it sees of that domain (accounts/ownership.ts). A log that another account delivered must have no rejected
 * line either, because nobody can say whose that is.
 */

/** The start of a log decides: it is in one of two ranges that follow each other, not in both. Unix ms, end exclusive. */
export type AskedLogs = { domain: string; startMs: number; endMs: number; limit: number; offset: number }

export type HandedOutLog = Pick<KeptLogRow, 'id' | 'name' | 'start_ms' | 'end_ms' | 'bytes'>

/** The logs with lines of a domain, by start and name, and their number. */
export async function handedOutLogs(
  database: Database,
  accountId: string,
  { domain, startMs, endMs, limit, offset }: AskedLogs,
): Promise<{ total: number; logs: HandedOutLog[] }> {
  const { queries } = database
  const isFirst = await isFirstAccount(queries, accountId)
  const found = queries
    .selectFrom('kept_log_domain as asked')
    .innerJoin('kept_log', 'kept_log.id', 'asked.log_id')
    .where('asked.domain', '=', domain)
    .where('asked.start_ms', '>=', startMs)
    .where('asked.start_ms', '<', endMs)
    .where((eb) => isWholly(eb, database, { accountId, isFirst }))
  const { total } = await found.select((eb) => eb.fn.countAll<number>().as('total')).executeTakeFirstOrThrow()
  const logs = await found
    .select(['kept_log.id', 'kept_log.name', 'kept_log.start_ms', 'kept_log.end_ms', 'kept_log.bytes'])
    .orderBy('asked.start_ms')
    .orderBy('asked.log_id')
    .limit(limit)
    .offset(offset)
    .execute()
  return { total: Number(total), logs }
}

/** A log by its id and name, if the account still gets it; else null. */
export async function handedOutLog(
  database: Database,
  accountId: string,
  { id, name }: { id: string; name: string },
): Promise<Pick<KeptLogRow, 'id' | 'sha256'> | null> {
  const isFirst = await isFirstAccount(database.queries, accountId)
  const found = await database.queries
    .selectFrom('kept_log')
    .select(['kept_log.id', 'kept_log.sha256'])
    .where('kept_log.id', '=', id)
    .where('kept_log.name', '=', name)
    .where((eb) => isWholly(eb, database, { accountId, isFirst }))
    .executeTakeFirst()
  return found ?? null
}

async function isFirstAccount(queries: Queries, accountId: string): Promise<boolean> {
  const account = await queries.selectFrom('account').select('is_first').where('id', '=', accountId).executeTakeFirst()
  return account?.is_first === 1
}

type Asker = { accountId: string; isFirst: boolean }

function isWholly(eb: ExpressionBuilder<Tables, 'kept_log'>, database: Database, { accountId, isFirst }: Asker) {
  return eb.and([
    eb('kept_log.state', '=', 'kept'),
    eb('kept_log.until_ms', '>', database.nowMs),
    eb.or([eb('kept_log.account_id', '=', accountId), eb('kept_log.has_rejected', '=', 0)]),
    eb.not(eb.exists(othersDomain(eb, { accountId, isFirst }))),
  ])
}

/** A domain of the log that is not the asker's. One without an owner is the first account's, which sees every load. */
const othersDomain = (eb: ExpressionBuilder<Tables, 'kept_log'>, { accountId, isFirst }: Asker) =>
  eb
    .selectFrom('kept_log_domain as line')
    .leftJoin('domain_ownership as own', (join) =>
      join.onRef('own.domain_name', '=', 'line.domain').on('own.until_version', 'is', null),
    )
    .select('line.domain')
    .whereRef('line.log_id', '=', 'kept_log.id')
    .where((of) =>
      isFirst
        ? of('own.account_id', '<>', accountId)
        : of.or([
            of('own.account_id', 'is', null),
            of('own.account_id', '<>', accountId),
            of('own.seen_from_load', '>', of.ref('kept_log.counts_as')),
          ]),
    )
