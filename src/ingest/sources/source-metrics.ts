import { Gauge, type Registry } from 'prom-client'
import { sourceView } from './source-routes.ts'
import type { WatchedSource } from './watched-source.ts'

/** Adds gauges of the sources to a registry. */
export function measureSources(registry: Registry, watched: readonly WatchedSource[]): void {
  const files: Gauge = new Gauge({
    name: 'fluxport_log_source_files',
    help: 'Files of a log source: waiting, queued and failed now; loaded and duplicate ever',
    labelNames: ['source', 'state'],
    registers: [registry],
    collect: () => {
      for (const source of watched) {
        const view = sourceView(source)
        const { waiting, queued, failed, loaded, duplicates: duplicate } = view
        const states = Object.entries({ waiting, queued, failed, loaded, duplicate })
        for (const [state, count] of states) files.set({ source: view.name, state }, count)
      }
    },
  })
  const looks: Gauge = new Gauge({
    name: 'fluxport_log_source_last_look_seconds',
    help: 'When a log source was last seen, unix s; 0: not yet',
    labelNames: ['source'],
    registers: [registry],
    collect: () => {
      for (const source of watched) looks.set({ source: source.key.name }, (source.lastLookMs ?? 0) / 1_000)
    },
  })
}
