import { setTimeout as delay } from 'node:timers/promises'
import { recordAlone } from '../../audit/audit-log.ts'
import { endOldKeptLogs, removeEndedLogs } from '../../ledger/kept-logs.ts'
import type { Artifacts } from '../../ports/artifacts/artifacts.ts'
import { type SweepDeps, sweep } from './sweep.ts'

/** Once an hour: the finest partitions are days. */
const sweepEveryMs = 3_600_000
const tryAgainMs = 60_000
type RetentionDeps = SweepDeps & {
  artifacts: Artifacts
  /** False on a server that drops parts of requests, which log files have whole: those kept before are removed. */
  keepsLogs: boolean
}

const retention = { actor: 'retention', accountId: null, address: null }

/** Log files first: nothing waits for them, and a store that is away holds up nothing else. */
async function sweepAll(deps: RetentionDeps, signal: AbortSignal) {
  const problem = await removeFiles(deps, signal).then(
    () => null,
    (error: unknown) => error,
  )
  return { problem, dropped: await sweep(deps, signal) }
}

async function removeFiles(deps: RetentionDeps, signal: AbortSignal): Promise<void> {
  await endOldKeptLogs(deps.database, !deps.keepsLogs)
  while (!signal.aborted && (await removeEndedLogs(deps)) > 0);
  const uploads = await deps.artifacts.removeAbandoned()
  if (uploads > 0) deps.log.info({ uploads }, 'artifacts.abandoned_removed')
}

/** Sweeps now and every hour. Servers that share a warehouse may all do so: a dropped partition is not found again. */
export function startRetentionLoop(deps: RetentionDeps): { stop(): Promise<void> } {
  const stopping = new AbortController()
  const { signal } = stopping
  const running = (async () => {
    while (!signal.aborted) {
      const isDone = await sweepAll(deps, signal).then(
        async ({ problem, dropped }) => {
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
          if (problem !== null && !signal.aborted) deps.log.warn({ err: problem }, 'retention.files_failed')
          return problem === null
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
