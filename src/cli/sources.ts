import type { Client } from './client.ts'
import { table } from './table.ts'
import { type TableTimes, timesOf } from './table-times.ts'
import { print, printJson, say } from './terminal.ts'

type SourceJson = {
  name: string
  kind: string
  location: string
  last_look: number | null
  problem: string | null
  waiting: number
  waiting_files: { file: string; why: 'settling' | 'growing' | 'failed' | 'turn'; until_time: number | null }[]
  queued: number
  loaded: number
  duplicates: number
  failed: number
  failed_files: { file: string; error_code: string; error_msg: string; retry_time: number | null }[]
}

/** Prints the server's log sources, and every failed file. */
export async function listSources(client: Client, flags: { json?: boolean; timeZone?: string }): Promise<void> {
  const answer = await client.get<{ sources: SourceJson[] }>('/api/v1/log-sources')
  if (flags.json) return printJson(answer)
  const { sources } = answer
  if (sources.length === 0) {
    print('The server fetches logs from nowhere: fluxport serve --inbox DIR, or --sources FILE')
    return
  }
  const times = await timesOf(client, flags)
  const counts = ['waiting', 'queued', 'loaded', 'duplicate', 'failed']
  const header = ['source', 'kind', 'location', `last look (${times.zone})`, ...counts]
  const rows = sources.map((source) => [
    source.name,
    source.kind,
    source.location,
    times.text(source.last_look),
    source.waiting,
    source.queued,
    source.loaded,
    source.duplicates,
    source.failed,
  ])
  print(table(header, rows))
  for (const { name, problem } of sources) if (problem) say`\n${name} cannot be seen: ${problem}`
  for (const source of sources) printWaiting(source, times)
  for (const source of sources) printFailures(source, times)
}

const reasons = {
  settling: 'it has just changed',
  growing: 'a part of it was loaded a short time ago',
  failed: 'it has changed after a failure, and is tried again',
  turn: 'others go first',
}

function printWaiting({ name, waiting, waiting_files: files }: SourceJson, times: TableTimes) {
  if (waiting === 0) return
  say`\n${name}: ${waiting} ${waiting === 1 ? 'waits' : 'wait'}`
  for (const { file, why, until_time: untilMs } of files) {
    const until = untilMs === null ? 'until there is room' : `until ${times.text(untilMs)} ${times.zone}`
    say`  ${file}: ${until}, as ${reasons[why]}`
  }
}

function printFailures({ name, failed, failed_files: files }: SourceJson, times: TableTimes) {
  if (failed === 0) return
  say`\n${name}: ${failed} failed`
  for (const { file, error_code: code, error_msg: message, retry_time: retryMs } of files) {
    const next = nextTry(retryMs, times)
    say`  ${file}: ${code}: ${message} (${next})`
  }
}

function nextTry(retryMs: number | null, times: TableTimes): string {
  if (retryMs === null) return 'again when it changes, or with fluxport sources retry'
  return retryMs <= Date.now() ? 'again at the next look' : `again at ${times.text(retryMs)} ${times.zone}`
}

/** Has failed files tried again. */
export async function retrySources(
  client: Client,
  file: string | undefined,
  { source }: { source?: string },
): Promise<void> {
  const { files } = await client.send<{ files: number }>('POST', '/api/v1/log-sources/retry', { source, file })
  say`${files} failed files are tried again at the next look`
}
