import { Counter, type Registry } from 'prom-client'
import type { Artifacts } from '../ports/artifacts/artifacts.ts'

/** Counts requests to the bucket of finished files; a directory has none. */
export function countArtifactRequests(registry: Registry, { requests }: Pick<Artifacts, 'requests'>): void {
  if (requests === null) return
  const counter: Counter = new Counter({
    name: 'fluxport_artifact_requests_total',
    help: 'Requests to the bucket of finished files: ok at once, retried with success, or failed',
    labelNames: ['operation', 'outcome'],
    registers: [registry],
    collect: () => {
      counter.reset()
      for (const { operation, outcome, count } of requests()) counter.inc({ operation, outcome }, count)
    },
  })
}
