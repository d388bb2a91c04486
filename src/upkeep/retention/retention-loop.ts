import { setTimeout as delay } from 'node:timers/promises'
import { recordAlone } from '../../audit/audit-log.ts'
import { type SweepDeps, sweep } from './sweep.ts'

/** Once an hour: the finest partitions are days. */
const sweepEveryMs = 3_600_000
const tryAgainMs = 60_000
const retention = { actor: 'retention', accountId: null, address: null }

/** Sweeps now and every hour. Servers that share a warehouse may all do so: a dropped partition is not found again. */
export function startRetentionLoop(deps: SweepDeps): { stop(): Promise<void> } {
  const stopping = new AbortController()
  const { signal } = stopping
  const running = (async () => {
    while (!signal.aborted) {
      const isDone = await sweep(deps, signal).then(
        async (dropped) => {
          for (const { source, id, rows, bytes } of dropped) {
            deps.log.info({ source, partition: id, rows, bytes }, 'retention.dropped')
            const event = {
              ...retention,
              action: 'retention.dropped',
              object: `${source} ${id}`,
              outcome: 'done',
            } as const
            await recordAlone(deps.database, { ...event, before: { rows, bytes } })
          }
          return true
        },
        (error) => {
          if (!signal.aborted) deps.log.warn({ err: error }, 'retention.sweep_failed')
          return false
        },
      )
      await delay(isDone ? sweepEveryMs : tryAgainMs, undefined, { signal }).catch(() => undefined)
    }
  })()
  return {
    stop: async () => {
      stopping.abort(new Error('shutting down'))
      await running
    },
  }
}
