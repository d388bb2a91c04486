import { randomUUID } from 'node:crypto'
import { AppError } from '../../errors.ts'
import { bucketMs } from '../../statistics/bucket-length.ts'
import { createGate } from '../../turns/gate.ts'
import type { LimitCounts } from '../../turns/limit-counts.ts'
import type { Parameters, Run, Warehouse } from './warehouse.ts'

/** Queries of the engine while a client waits. Accounts take turns; statements end when the client hangs up. */
export type Questions = {
  /**
   * Answers a question when it is its account's turn.
   * @param gone aborts when the client has hung up
   * @throws AppError FLUXPORT.0004, CDN.0005 or APIGW.0201, as turns/gate.ts does
   */
  ask<T>(accountId: string, gone: AbortSignal, work: (engine: Asked) => Promise<T>): Promise<T>
  /** @throws AppError CDN.0005 when domains times buckets exceed the bound of one question */
  assertSize(domains: number, range: { startTimeMs: number; endTimeMs: number }): void
}

/** The engine, for one question. */
export type Asked = {
  /** @param secrets values that the statement reads with `secretSql` */
  rows<Row>(
    sql: string,
    parameters?: Parameters,
    settings?: Run['settings'],
    secrets?: Run['secrets'] | null,
  ): Promise<Row[]>
}

/** Limits of the server's settings (config/limit-settings.ts). */
type QuestionLimits = {
  queriesAtOnceMax: number
  queriesPerAccountMax: number
  queriesWaitingMax: number
  querySecondsMax: number
  queryBucketsMax: number
}

export function createQuestions(
  warehouse: Pick<Warehouse, 'rows'>,
  settings: QuestionLimits,
  counts: LimitCounts,
): Questions {
  const gate = createGate(
    {
      atOnceMax: settings.queriesAtOnceMax,
      perAccountMax: settings.queriesPerAccountMax,
      waitingMax: settings.queriesWaitingMax,
      secondsMax: settings.querySecondsMax,
    },
    () => counts.reached('queries'),
  )
  return {
    ask: (accountId, gone, work) => gate.run(accountId, gone, (signal) => work(askedOf(warehouse, signal))),
    assertSize: (domains, { startTimeMs, endTimeMs }) => {
      const buckets = Math.ceil((endTimeMs - startTimeMs) / bucketMs)
      const max = settings.queryBucketsMax
      if (domains * buckets <= max) return
      counts.reached('query-buckets')
      const problem = `The range has ${buckets} buckets of 5 minutes, of ${domains} domains ${domains * buckets}`
      const allowed = `one answer may be of ${max} (--query-buckets-max)`
      throw new AppError('CDN.0005', `${problem}; ${allowed}. Ask for a shorter range, or fewer domains`)
    },
  }
}

const askedOf = (warehouse: Pick<Warehouse, 'rows'>, signal: AbortSignal): Asked => ({
  rows: (sql, parameters = {}, settings = {}, secrets = null) =>
    warehouse.rows(sql, parameters, {
      ...{ queryId: `fluxport-question-${randomUUID()}`, signal, settings },
      ...(secrets === null ? {} : { secrets }),
    }),
})
