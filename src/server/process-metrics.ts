import { readdirSync, readFileSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { Counter, Gauge, type Registry } from 'prom-client'
import { programCommit, programVersion } from '../version.ts'

/** The delay of the event loop is looked for ten times a second: at 10 ms an idle server woke 100 times. */
const resolutionMs = 100

/**
 * Adds the gauges of this process that alerts and panels use, under the names that all Prometheus clients give them, and
 * the build that it runs.
 */
export function measureProcess(registry: Registry): void {
  describeBuild(registry)
  const startedSeconds = Math.round(Date.now() / 1000 - process.uptime())
  const openFiles = openFilesMax()
  const gauges = {
    process_start_time_seconds: ['Start of the process, unix s', () => startedSeconds],
    process_resident_memory_bytes: ['Memory of the process', () => process.memoryUsage.rss()],
    process_open_fds: ['Open files', () => entriesOf('/proc/self/fd')],
    process_max_fds: ['Open files that the process may have', () => openFiles],
    nodejs_eventloop_lag_p99_seconds: ['Delay of the event loop since the last scrape, 99 of 100', delayReader()],
  } as const
  for (const [name, [help, read]] of Object.entries(gauges)) {
    const gauge: Gauge = new Gauge({
      name,
      help,
      registers: [registry],
      collect: () => {
        const value = read()
        if (value !== null) gauge.set(value)
      },
    })
  }
  const seconds: Counter = new Counter({
    name: 'process_cpu_seconds_total',
    help: 'Processor time, seconds',
    registers: [registry],
    collect: () => {
      const { user, system } = process.cpuUsage()
      seconds.reset()
      seconds.inc((user + system) / 1e6)
    },
  })
}

function delayReader(): () => number {
  const delays = monitorEventLoopDelay({ resolution: resolutionMs })
  delays.enable()
  return () => {
    const seconds = delays.percentile(99) / 1e9
    delays.reset()
    return seconds
  }
}

/** Null where there is no /proc. The directory itself is open while it is read. */
function entriesOf(directory: string): number | null {
  try {
    return readdirSync(directory).length - 1
  } catch {
    return null
  }
}

function openFilesMax(): number | null {
  try {
    const limit = /^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1]
    return limit === undefined ? null : Number(limit)
  } catch {
    return null
  }
}

/** A series of 1, as Prometheus joins it to others: which build a server runs. */
function describeBuild(registry: Registry) {
  const labels = { version: programVersion, commit: programCommit }
  const help = 'The build that runs; always 1'
  new Gauge({ name: 'fluxport_build_info', help, labelNames: Object.keys(labels), registers: [registry] }).set(
    labels,
    1,
  )
}
