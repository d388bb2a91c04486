import { Registry } from 'prom-client'
import type { Artifacts } from '../ports/artifacts/artifacts.ts'
import { shareAnswer } from '../share-answer.ts'
import { createStageTimes, exportStages, type StageTimes } from '../stage-times.ts'
import { countArtifactRequests } from './artifact-metrics.ts'
import { type Scraped, sharedMs } from './metrics-listener.ts'
import { measureProcess } from './process-metrics.ts'
import { stageSeconds } from './stage-metrics.ts'

/**
 * The series of a worker: its process, its build, the stages of the exports that it makes, and its requests to their
 * bucket. Tasks by state are the database's, and a server has them.
 */
export function createWorkerMetrics(artifacts: Pick<Artifacts, 'requests'>): Scraped & { stages: StageTimes } {
  const registry = new Registry()
  measureProcess(registry)
  countArtifactRequests(registry, artifacts)
  const stages = createStageTimes({
    load: () => undefined, // a worker loads nothing
    export: stageSeconds(registry, 'export', exportStages),
  })
  return { contentType: registry.contentType, text: shareAnswer(() => registry.metrics(), sharedMs), stages }
}
