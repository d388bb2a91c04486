import type { OldestTasks, StoredOfAccount } from '../../exports/tasks/watched-tasks.ts'
import { bucketMs } from '../../statistics/bucket-length.ts'
import type { WatchedDomain, WatchedMetric } from '../../usage/watch/newest-final.ts'
import { programCommit, programVersion } from '../../version.ts'
import type { Family, Sample } from './open-metrics.ts'
import type { LedgerReading } from './read-ledger.ts'

/** Figures of tasks, from the database. */
export type TasksReading = {
  oldest: OldestTasks
  stored: readonly StoredOfAccount[]
  accountsLeftOut: number
  accountNames: ReadonlyMap<string, string>
}

/** All series of /metrics/usage. @param nowMs the time of the scrape: lags and ages are as of then */
export const usageFamilies = (ledger: LedgerReading, tasks: TasksReading, nowMs: number): Family[] => [
  ...aboutFamilies(ledger, tasks),
  ...figureFamilies(ledger),
  ...domainFamilies(ledger, nowMs),
  ...loadFamilies(ledger),
  ...taskFamilies(tasks, nowMs),
]

function aboutFamilies(
  { chosen, sourcesLeftOut, ...ledger }: LedgerReading,
  { accountsLeftOut }: TasksReading,
): Family[] {
  const leftOut = { domain: chosen.leftOutCount, source: sourcesLeftOut, account: accountsLeftOut }
  return [
    {
      name: 'fluxport_build',
      type: 'info',
      help: 'The build that runs',
      samples: [{ labels: { version: programVersion, commit: programCommit }, value: 1 }],
    },
    gauge('fluxport_usage_data_version', 'Data version of all figures but those of tasks', [
      { value: ledger.dataVersion },
    ]),
    seconds('fluxport_usage_read_timestamp', 'Time at which these figures were read, unix s', [
      { value: ledger.readAtMs / 1000 },
    ]),
    gauge(
      'fluxport_usage_left_out',
      'Domains, sources and accounts beyond --metrics-usage-max, which have no series here',
      Object.entries(leftOut).map(([kind, value]) => ({ labels: { kind }, value })),
    ),
    {
      name: 'fluxport_usage_left_out_domain',
      type: 'info',
      help: 'Domains beyond --metrics-usage-max, as many at most: those with the least traffic of 31 days are left out',
      samples: chosen.leftOut.map((domain) => ({ labels: { domain }, value: 1 })),
    },
  ]
}

const classes: Record<string, WatchedMetric> = {
  '2xx': 'status_2xx',
  '3xx': 'status_3xx',
  '4xx': 'status_4xx',
  '5xx': 'status_5xx',
}

/** Figures of a bucket, each at its time. */
function figureFamilies(ledger: LedgerReading): Family[] {
  const samplesOf = (metric: WatchedMetric, more: Record<string, string> = {}): Sample[] =>
    ledger.domains.flatMap(({ newest, ...domain }) => {
      const value = newest?.figures[metric] ?? null
      if (newest === null || value === null) return []
      const labels = { ...labelsOf(domain, ledger), state: newest.state, ...more }
      return [{ labels, value, timeMs: newest.startMs }]
    })
  const bucket = 'of the newest bucket of 5 minutes that is final or reported, at its start'
  return [
    bytes('fluxport_usage_flux', `Bytes sent to clients, ${bucket}`, samplesOf('flux')),
    gauge('fluxport_usage_requests', `Requests, ${bucket}`, samplesOf('requests')),
    gauge(
      'fluxport_usage_hits',
      `Requests answered from a cache, ${bucket}; none where logs do not say`,
      samplesOf('hits'),
    ),
    gauge(
      'fluxport_usage_status_requests',
      `Requests by class of status, ${bucket}`,
      Object.entries(classes).flatMap(([name, metric]) => samplesOf(metric, { class: name })),
    ),
  ]
}

type Named = Pick<LedgerReading, 'accountNames'>

const nameOf = (accountId: string, { accountNames }: Named) => accountNames.get(accountId) ?? accountId

const labelsOf = ({ accountId, domain }: Pick<WatchedDomain, 'accountId' | 'domain'>, named: Named) => ({
  account: nameOf(accountId, named),
  domain,
})

function domainFamilies(ledger: LedgerReading, nowMs: number): Family[] {
  const lags = ledger.domains.flatMap(({ watermarkMs, ...domain }) =>
    watermarkMs === null
      ? []
      : [{ labels: labelsOf(domain, ledger), value: Math.max(0, nowMs - watermarkMs - bucketMs) / 1000 }],
  )
  const unknown = ledger.domains.flatMap((domain) =>
    Object.entries(domain.unknown).map(([state, value]) => ({ labels: { ...labelsOf(domain, ledger), state }, value })),
  )
  return [
    seconds('fluxport_watermark_lag', 'Time since the end of the last bucket with a request', lags),
    gauge(
      'fluxport_unknown_buckets',
      'Buckets of the last 3 days that a source was expected to report and did not, before the last one with a request',
      unknown,
    ),
  ]
}

function loadFamilies(ledger: LedgerReading): Family[] {
  const { loads, rejected } = ledger
  return [
    gauge(
      'fluxport_rejected_lines',
      'Rejected lines of logs that were loaded within 24 hours and count',
      rejected.map(({ accountId, reason, lines }) => ({
        labels: { account: nameOf(accountId, ledger), reason },
        value: lines,
      })),
    ),
    seconds(
      'fluxport_source_last_load_timestamp',
      'Time at which a log of the source was last loaded, unix s; sources of the last 31 days',
      loads.map(({ accountId, source, lastLoad }) => ({
        labels: { account: nameOf(accountId, ledger), source },
        value: lastLoad,
      })),
    ),
  ]
}

function taskFamilies(tasks: TasksReading, nowMs: number): Family[] {
  const ages = Object.entries(tasks.oldest).map(([state, sinceMs]) => ({
    labels: { state },
    value: sinceMs === null ? 0 : Math.max(0, nowMs - sinceMs) / 1000,
  }))
  const stored = tasks.stored.flatMap(({ accountId, files, reserved }) =>
    Object.entries({ files, reserved }).map(([kind, value]) => ({
      labels: { account: nameOf(accountId, tasks), kind },
      value,
    })),
  )
  const limits = tasks.stored.map(({ accountId, bytesMax }) => ({
    labels: { account: nameOf(accountId, tasks) },
    value: bytesMax,
  }))
  return [
    seconds('fluxport_oldest_task_age', 'Time for which an export task has been in this state; 0 without one', ages),
    bytes(
      'fluxport_stored',
      'Bytes of export files and kept logs, and those that tasks on their way may write',
      stored,
    ),
    bytes('fluxport_stored_limit', 'Bytes that an account may store', limits),
  ]
}

const gauge = (name: string, help: string, samples: readonly Sample[]): Family => ({
  name,
  type: 'gauge',
  help,
  samples,
})

const bytes = (name: string, help: string, samples: readonly Sample[]): Family => ({
  ...gauge(`${name}_bytes`, help, samples),
  unit: 'bytes',
})

const seconds = (name: string, help: string, samples: readonly Sample[]): Family => ({
  ...gauge(`${name}_seconds`, help, samples),
  unit: 'seconds',
})
