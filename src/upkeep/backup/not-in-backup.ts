/** Data of the server that a backup does not contain. */
export type Lacking = {
  /** Batches that wait as a path of this host: their files are not in the backup. */
  waitingPaths: number
  /** Batches whose bytes lie with another server of the same database. */
  waitingElsewhere: number
  /** Log files that are kept for some days. */
  keptLogs: number
}

/** Sentences about data that a backup does not contain, for its manifest and its maker. */
export function notInBackup(
  { waitingPaths, waitingElsewhere, keptLogs }: Lacking,
  { withSecrets, isSealed }: { withSecrets: boolean; isSealed: boolean },
): string[] {
  const key = 'Its secrets do not open without the master key, which is not in it: keep that elsewhere'
  const paths = `${waitingPaths} log files wait as paths of this host and are not in it: deliver them again after a restore`
  const elsewhere = `${waitingElsewhere} batches wait at other servers and are not in it: back those up too`
  const logs = `${keptLogs} kept log files are not in it, and are kept no more after a restore; their settings are in it`
  const unsealed = 'It has no seal, as the master key is not at hand (--master-key): nobody can tell if it is altered'
  return [
    ...(withSecrets ? [] : [key]),
    ...(waitingPaths > 0 ? [paths] : []),
    ...(waitingElsewhere > 0 ? [elsewhere] : []),
    ...(keptLogs > 0 ? [logs] : []),
    ...(isSealed ? [] : [unsealed]),
    'Logs in watched directories and buckets that are not loaded yet are not in it',
    'Settings are not in it either: flags, variables, and the files that they name (--sources, --formats, --tls-…)',
  ]
}
