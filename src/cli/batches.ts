import type { Static } from 'typebox'
import type { WholeNumber } from '../exact-json.ts'
import type { BatchAnswer, Rejected } from '../ingest/batch-view.ts'
import { rejectionReasons } from '../ingest/formats/line/rejection-reasons.ts'
import { timeMsOf } from './asked-time.ts'
import { type Client, ClientError } from './client.ts'
import { bytesText, grouped } from './progress-bar.ts'
import { table } from './table.ts'
import { type TableTimes, timesOf } from './table-times.ts'
import { print, printJson, say } from './terminal.ts'

/** Log batches, printed as the API answers them. */

type BatchJson = BatchAnswer & { rejected: Static<typeof Rejected> | null }

type ListFlags = { limit: string; state?: string; json?: boolean; timeZone?: string }

export async function listBatches(client: Client, flags: ListFlags): Promise<void> {
  type Answer = { total: number; batches: BatchJson[] }
  const answer = await client.get<Answer>('/api/v1/log-batches', { limit: flags.limit, state: flags.state })
  if (flags.json) return printJson(answer)
  const { total, batches } = answer
  const times = await timesOf(client, flags)
  const rows = batches.map((batch) => [
    batch.batch_id,
    batch.account_name ?? batch.account_id,
    batch.source,
    batch.state === 'duplicate' ? `same as ${batch.already_loaded_as}` : batch.state,
    batch.name,
    batch.format,
    batch.requests,
    batch.rejected_lines,
    batch.flux === null ? '-' : bytesText(batch.flux),
    times.text(batch.first_time),
    times.text(batch.last_time),
  ])
  const figures = ['requests', 'rejected', 'traffic', `first (${times.zone})`, `last (${times.zone})`]
  print(table(['batch', 'account', 'source', 'state', 'name', 'format', ...figures], rows))
  if (total > batches.length) say`${batches.length} of ${grouped(total)}; --limit shows more`
}

export async function showBatch(
  client: Client,
  id: string,
  flags: { json?: boolean; timeZone?: string },
): Promise<void> {
  const answer = await client.get<BatchJson>(`/api/v1/log-batches/${encodeURIComponent(id)}`)
  if (flags.json) return printJson(answer)
  const times = await timesOf(client, flags)
  const { rejected, ...batch } = answer
  for (const [name, value] of Object.entries(batch)) say`${name.padEnd(18)}${printable(name, value, times)}`
  if (!rejected) return
  print(
    `\n${table(
      ['reason', 'lines', 'meaning'],
      rejected.by_reason.map(({ reason, lines }) => [reason, lines, meaningOf(reason)]),
    )}`,
  )
  const lines = rejected.first_lines.map((one) => [one.line_number, one.reason, JSON.stringify(one.line.slice(0, 120))])
  print(`\n${table(['line', 'reason', 'text'], lines)}`)
}

/** A server of another version may have reasons that this program does not know. */
const meaningOf = (reason: string): string =>
  (rejectionReasons as Record<string, { meaning: string }>)[reason]?.meaning ?? '-'

const printable = (name: string, value: unknown, times: TableTimes) => {
  if (typeof value === 'number' && name.endsWith('_time')) return `${times.text(value)} ${times.zone}`
  return value !== null && typeof value === 'object' ? JSON.stringify(value) : String(value ?? '-')
}

async function forgetBatch(client: Client, id: string): Promise<void> {
  const batch = await client.send<BatchJson>('DELETE', `/api/v1/log-batches/${encodeURIComponent(id)}`)
  say`batch ${batch.batch_id} (${batch.name}) is forgotten: ${grouped(batch.requests ?? 0)} requests no longer count`
}

export async function acceptBatch(client: Client, id: string): Promise<void> {
  const path = `/api/v1/log-batches/${encodeURIComponent(id)}`
  await client.send<BatchJson>('POST', `${path}/accept`)
  for (;;) {
    const batch = await client.get<BatchJson>(path, { wait_ms: 20_000 }).catch(unlessHidden)
    if (batch === null) return say`batch ${id} is accepted, and will be loaded`
    if (batch.state === 'queued' || batch.state === 'loading') continue
    if (batch.state === 'failed') throw new ClientError(`${batch.error?.error_code}: ${batch.error?.error_msg}`)
    return say`batch ${id} (${batch.name}) is ${batch.state}: ${grouped(batch.requests ?? 0)} requests count`
  }
}

/** An account's key may accept its batches, and not read them. */
function unlessHidden(error: unknown): null {
  if (error instanceof ClientError && error.code === 'CDN.0004') return null
  throw error
}

type SumsJson = { batches: number; requests: number; flux: WholeNumber }
type ForgottenJson = Record<'forgotten' | 'dropped', SumsJson> & { left: SumsJson & { batch_ids: number[] } }
type ForgetFlags = { source?: string; from?: string; to?: string; account?: string; yes?: boolean }

/** Forgets a batch, or the batches of a source and a time. @throws ClientError when flags say neither or both */
export async function forget(client: Client, id: string | undefined, flags: ForgetFlags): Promise<void> {
  const range = [flags.source, flags.from, flags.to]
  const isRange = range.some((flag) => flag !== undefined)
  if (id !== undefined && isRange) throw new ClientError('say an ID, or --source, --from and --to')
  if (id !== undefined) return await forgetBatch(client, id)
  if (range.some((flag) => flag === undefined)) throw new ClientError('say an ID, or --source, --from and --to')
  const asked = {
    source: flags.source,
    start_time: timeMsOf('--from', flags.from),
    end_time: timeMsOf('--to', flags.to),
    account_id: flags.account,
    dry_run: flags.yes !== true,
  }
  const answer = await client.send<ForgottenJson>('POST', '/api/v1/log-batches/forget', asked)
  const verb = flags.yes ? 'are forgotten' : 'would be forgotten'
  say`${sumsText(answer.forgotten)} ${verb}`
  if (answer.dropped.batches > 0) say`${sumsText(answer.dropped)} quarantined ${flags.yes ? 'are' : 'would be'} dropped`
  if (answer.left.batches > 0)
    say`${sumsText(answer.left)} count on: they have requests outside the range as well: batch ${answer.left.batch_ids.join(', ')}`
  if (!flags.yes) say`Nothing is changed: --yes forgets them`
}

const sumsText = ({ batches, requests, flux }: SumsJson) =>
  `${grouped(batches)} batches (${grouped(requests)} requests, ${bytesText(flux)})`
