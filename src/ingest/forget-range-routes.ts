import { type Static, Type } from 'typebox'
import { findAccount } from '../accounts/accounts.ts'
import { fileSpanOf } from '../coverage/file-span.ts'
import { parameterError, quoted } from '../errors.ts'
import { wholeNumber } from '../exact-json.ts'
import { errorAnswers, Text, UnixMs, Whole } from '../http/schemas.ts'
import { callerOf, type Routes } from '../http/server.ts'
import { batchesTouching, forgetBatches, type ListedBatch } from '../ledger/forget-batches.ts'
import { dropRefused } from '../ledger/quarantine.ts'
import type { BatchRouteDeps } from './answer-delivery.ts'
import { batchesUrl } from './batch-view.ts'
import { domainsOfLoads } from './identify/told-domains.ts'
import { removeKept } from './load/quarantine-batch.ts'

const Asked = Type.Object({
  source: Text('Source of the batches', 200),
  account_id: Type.Optional(Text('Account of the source. Default: the operator’s own', 100)),
  start_time: UnixMs('Start of the range'),
  end_time: UnixMs('End of the range, exclusive'),
  dry_run: Type.Optional(Type.Boolean({ description: 'true: says what would be forgotten, and changes nothing' })),
})

const Sums = Type.Object({
  batches: Type.Integer(),
  requests: Type.Integer(),
  flux: Whole('Bytes sent to clients'),
})

const Forgotten = Type.Object({
  dry_run: Type.Boolean(),
  forgotten: Type.Object({ ...Sums.properties }, { description: 'Batches that do not count any more, or would not' }),
  dropped: Type.Object({ ...Sums.properties }, { description: 'Quarantined batches that are dropped, or would be' }),
  left: Type.Object(
    { ...Sums.properties, batch_ids: Type.Array(Type.Integer({ description: 'The first 100' })) },
    { description: 'Batches that also have requests outside the range: they count on. Forget these by their ids' },
  ),
})

const idsListedMax = 100

/** Batches that are forgotten in one step: others wait for it, about 1 ms a batch. */
const batchesMax = 2_000
const tooMany = (count: number) =>
  `the range has ${count} batches, and at most ${batchesMax} are forgotten at once: ask for shorter ranges`

/** Route that forgets a source's batches of a time, all in one step. */
export function forgetRangeRoute(server: Routes, deps: BatchRouteDeps): void {
  const schema = {
    operationId: 'forgetLogBatches',
    tags: ['Log batches'],
    summary: 'Stops counting a source’s batches whose requests are all within a range; says what it would do first',
    body: Asked,
    response: { 200: Forgotten, ...errorAnswers },
  }
  const config = { access: { roles: ['operator'] as const } }
  server.post(`${batchesUrl}/forget`, { config, schema }, async (request): Promise<Static<typeof Forgotten>> => {
    const { source, account_id, start_time: startMs, end_time: endMs, dry_run: isDryRun = false } = request.body
    if (startMs >= endMs) throw parameterError('end_time', 'it is not after start_time')
    if (account_id !== undefined && !(await findAccount(deps.database, account_id)))
      throw parameterError('account_id', `there is no account ${quoted(account_id)}`)
    const accountId = account_id ?? callerOf(request).accountId
    const { within, beyond } = await batchesWithin(deps, { accountId, source }, { startMs, endMs })
    if (within.length > batchesMax) throw parameterError('start_time', tooMany(within.length))
    const loaded = within.filter((batch) => batch.state === 'loaded')
    const quarantined = within.filter((batch) => batch.state === 'quarantined')
    const done = isDryRun
      ? { forgotten: loaded, dropped: quarantined }
      : { forgotten: await forget(deps, loaded), dropped: await drop(deps, quarantined) }
    if (!isDryRun) deps.loadLoop.wake()
    const ids = beyond.slice(0, idsListedMax).map((batch) => batch.id)
    return {
      dry_run: isDryRun,
      forgotten: sumsOf(done.forgotten),
      dropped: sumsOf(done.dropped),
      left: { ...sumsOf(beyond), batch_ids: ids },
    }
  })
}

type Range = { startMs: number; endMs: number }

/** A batch without a request is within the range if its file's name says so. */
async function batchesWithin(deps: BatchRouteDeps, of: { accountId: string; source: string }, range: Range) {
  const touching = await batchesTouching(deps.database.queries, of, range)
  const spanned = touching.flatMap((batch) => {
    const named = batch.first_time_ms === null ? fileSpanOf(batch.name) : null
    const firstMs = batch.first_time_ms ?? named?.startMs
    const lastMs = batch.last_time_ms ?? (named && named.endMs - 1)
    if (firstMs === undefined || lastMs === null || firstMs >= range.endMs || lastMs < range.startMs) return []
    return [{ batch, isWithin: firstMs >= range.startMs && lastMs < range.endMs }]
  })
  return {
    within: spanned.filter(({ isWithin }) => isWithin).map(({ batch }) => batch),
    beyond: spanned.filter(({ isWithin }) => !isWithin).map(({ batch }) => batch),
  }
}

async function forget(deps: BatchRouteDeps, batches: readonly ListedBatch[]): Promise<ListedBatch[]> {
  const ids = batches.map((batch) => batch.id)
  if (ids.length === 0) return []
  const { queries } = deps.database
  const loads = queries.selectFrom('load').select('load_id').where('batch_id', 'in', ids).where('state', '=', 'visible')
  const loadIds = (await loads.execute()).map((load) => load.load_id)
  const forgotten = await forgetBatches(deps.database, ids, await domainsOfLoads(deps.warehouse, loadIds))
  return batches.filter((batch) => forgotten.includes(batch.id))
}

async function drop(deps: BatchRouteDeps, batches: readonly ListedBatch[]): Promise<ListedBatch[]> {
  const dropped: ListedBatch[] = []
  for (const batch of batches) if (await dropRefused(deps.database, batch.id)) dropped.push(batch)
  await removeKept(dropped.map((batch) => batch.content_path))
  return dropped
}

const sumsOf = (batches: readonly ListedBatch[]): Static<typeof Sums> => ({
  batches: batches.length,
  requests: batches.reduce((sum, batch) => sum + (batch.requests ?? 0), 0),
  flux: wholeNumber(String(batches.reduce((sum, batch) => sum + BigInt(batch.flux_bytes ?? 0), 0n))),
})
