import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from '../logger.ts'
import type { Database } from '../ports/database/database.ts'
import { recordEvent } from './audit-log.ts'

const pruneEveryMs = 3_600_000
/** Most rows removed in one transaction. */
const prunedAtOnce = 10_000

/**
 * Removes events that are too old, and records the removal. The counter first states the last removed id, in the same
 * transaction: the database refuses to delete rows above it.
 * @returns the number of removed events
 */
export async function pruneAudit(database: Database, keepMs: number, nowMs: number): Promise<number> {
  let removed = 0
  for (;;) {
    const step = await database.write(async (tx) => {
      const old = await tx
        .selectFrom('audit_event')
        .select(['id', 'digest'])
        .where('time_ms', '<', nowMs - keepMs)
        .orderBy('id')
        .limit(prunedAtOnce)
        .execute()
      const last = old.at(-1)
      if (!last) return 0
      await tx.updateTable('counter').set({ value: last.id }).where('name', '=', 'audit_pruned').execute()
      await tx.deleteFrom('audit_event').where('id', '<=', last.id).execute()
      const after = { events: old.length, up_to: last.id, digest: last.digest }
      const actor = { actor: 'retention', accountId: null, address: null }
      await recordEvent(tx, {
        ...actor,
        action: 'audit.pruned',
        object: `events up to ${last.id}`,
        outcome: 'done',
        after,
      })
      return old.length
    })
    removed += step
    if (step < prunedAtOnce) return removed
  }
}

/** Prunes now and every hour. @param keepDays null: nothing is removed */
export function startAuditPruning(deps: { database: Database; keepAuditDays: number | null; log: Logger }) {
  const stopping = new AbortController()
  const { signal } = stopping
  const running = (async () => {
    const { keepAuditDays } = deps
    while (!signal.aborted && keepAuditDays !== null) {
      await pruneAudit(deps.database, keepAuditDays * 86_400_000, Date.now()).catch((error) =>
        deps.log.warn({ err: error }, 'audit.prune_failed'),
      )
      await delay(pruneEveryMs, undefined, { signal }).catch(() => undefined)
    }
  })()
  return {
    stop: async () => {
      stopping.abort()
      await running
    },
  }
}
