import { setTimeout as delay } from 'node:timers/promises'
import type { Static } from 'typebox'
import type { Relocation, RelocationPlan } from '../upkeep/relocation/relocation-view.ts'
import { timeMsOf } from './asked-time.ts'
import { type Client, ClientError } from './client.ts'
import { createProgressBar, grouped } from './progress-bar.ts'
import { table } from './table.ts'
import { timesOf } from './table-times.ts'
import { print, printJson, say } from './terminal.ts'

type RelocationJson = Static<typeof Relocation>

type RelocateFlags = {
  from?: string
  to?: string
  source?: string
  batch?: string[]
  olderThanVersion?: string
  dryRun?: boolean
}

const url = '/api/v1/relocations'
const pollMs = 500

const meanings: Record<RelocationJson['problems'][number]['problem'], string> = {
  requests_not_kept: 'not every request of it is kept any more; it stays as it is',
  no_longer_counts: 'it was forgotten or loaded again meanwhile',
  does_not_add_up: 'its copy did not come to the same; it stays as it is. See fluxport doctor --deep',
  failed: 'the server’s log says why; it stays as it is',
}

/** Relocates batches, and waits for the end. @returns false when a batch, or the relocation, failed */
export async function relocate(client: Client, flags: RelocateFlags): Promise<boolean> {
  const asked = {
    start_time: timeMsOf('--from', flags.from),
    end_time: timeMsOf('--to', flags.to),
    source: flags.source,
    batch_ids: flags.batch?.flatMap((ids) => ids.split(',')),
    older_than_version: flags.olderThanVersion,
  }
  if (flags.dryRun) {
    showPlan(await client.send<Static<typeof RelocationPlan>>('POST', `${url}/preview`, asked))
    return true
  }
  const begun = await client.send<RelocationJson>('POST', url, asked)
  const bar = createProgressBar(process.stderr, `relocation ${begun.relocation_id}`)
  const ended = await untilEnded(client, begun, (now) => {
    const fraction = now.requests === 0 ? null : now.requests_done / now.requests
    bar.update(fraction, `${grouped(now.batches_done)} of ${grouped(now.batches)} batches, ${movedText(now)}`)
  })
  const { batches_done: done, batches_skipped: skipped, batches_failed: failed } = ended
  bar.end(`${ended.state}: ${grouped(done)} batches located, ${skipped} skipped, ${failed} failed; ${movedText(ended)}`)
  for (const { batch_id: id, problem } of ended.problems) say`batch ${id}: ${meanings[problem]}`
  if (ended.error) throw new ClientError(`${ended.error.error_code}: ${ended.error.error_msg}`)
  return ended.state === 'done' && failed === 0
}

const movedText = (one: RelocationJson) => `${grouped(one.requests_moved)} requests are elsewhere now`

async function untilEnded(client: Client, begun: RelocationJson, onProgress: (now: RelocationJson) => void) {
  let now = begun
  while (now.state === 'waiting' || now.state === 'running') {
    onProgress(now)
    await delay(pollMs)
    now = await client.get<RelocationJson>(`${url}/${begun.relocation_id}`)
  }
  return now
}

function showPlan(plan: Static<typeof RelocationPlan>): void {
  const rows = plan.by_version.map((one) => [one.geo_version ?? 'none', one.batches, one.requests])
  if (rows.length > 0) print(table(['located with', 'batches', 'requests'], rows))
  const skipped = plan.batches_not_kept > 0 ? `, ${plan.batches_not_kept} of which are not kept whole and stay` : ''
  say`${grouped(plan.batches)} batches of ${grouped(plan.requests)} requests would be looked up by version ${plan.geo_version}${skipped}`
}

type RelocationsFlags = { limit: string; cancel?: string; json?: boolean; timeZone?: string }

/** Lists relocations; with an id to cancel, cancels that one. */
export async function listRelocations(client: Client, flags: RelocationsFlags): Promise<void> {
  if (flags.cancel !== undefined) {
    const ended = await client.send<RelocationJson>('POST', `${url}/${encodeURIComponent(flags.cancel)}/cancel`)
    return say`relocation ${ended.relocation_id} is canceled: ${grouped(ended.batches_done)} batches are located`
  }
  const answer = await client.get<{ relocations: RelocationJson[] }>(url, { limit: flags.limit })
  if (flags.json) return printJson(answer)
  const times = await timesOf(client, flags)
  const rows = answer.relocations.map((one) => [
    one.relocation_id,
    one.state,
    one.batches,
    one.batches_done,
    one.batches_skipped,
    one.batches_failed,
    one.requests_moved,
    times.text(one.create_time),
    times.text(one.finish_time),
  ])
  const counts = ['batches', 'done', 'skipped', 'failed', 'moved']
  const head = ['relocation', 'state', ...counts, `asked (${times.zone})`, `ended (${times.zone})`]
  print(table(head, rows))
}
