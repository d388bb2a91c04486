import type { BatchNumbers } from '../../ledger/batch-numbers.ts'
import type { BatchOfLoad } from '../../ledger/batches-of-loads.ts'
import type { ExplainAnswer, ExplainedLine } from './explain-schema.ts'
import type { ExplainedLoad, KeptLine } from './read-explained.ts'

/** The batches of loads, and how the caller sees them. */
export type Shown = {
  numbers: BatchNumbers
  batches: ReadonlyMap<number, BatchOfLoad>
  /** True if the caller may read the batch's name and source: a file of another account may name other customers. */
  isNamed(batch: BatchOfLoad): boolean
}

export function loadView({ loadId, part, lines }: ExplainedLoad, shown: Shown): ExplainAnswer['loads'][number] {
  const batch = batchOf(loadId, shown)
  const named = shown.isNamed(batch) ? batch : null
  return {
    load_id: shown.numbers.shown(loadId),
    batch_id: shown.numbers.shown(batch.batchId),
    name: named?.name ?? null,
    source: named?.source ?? null,
    format: named?.format ?? null,
    pushes: named?.pushes ?? null,
    create_time: named?.created_at_ms ?? null,
    load_time: batch.loaded_at_ms,
    client_addresses: batch.client_addresses,
    query_strings: batch.query_strings,
    is_counting: batch.isCounting,
    value: part,
    lines,
  }
}

/** A request as it is kept; a masked address shows how much of it is. */
export const lineView = (line: KeptLine, shown: Shown): ExplainedLine => ({
  time: line.second * 1000,
  batch_id: shown.numbers.shown(batchOf(line.loadId, shown).batchId),
  client: line.isTruncated ? networkOf(line.client) : line.client,
  country: line.countryCode,
  province: line.provinceCode,
  isp: line.carrierCode,
  service_area: line.serviceArea,
  method: line.method,
  path: line.path,
  query: line.query,
  status: line.status,
  bytes: line.bytes,
  referrer: line.referrer,
  user_agent: line.userAgent,
  cache: line.cacheState,
  duration_ms: line.durationMs,
})

const networkOf = (address: string): string => `${address}/${address.includes(':') ? 48 : 24}`

/** The ledger has every load that counts, or counted. */
function batchOf(loadId: number, { batches }: Shown): BatchOfLoad {
  const batch = batches.get(loadId)
  if (!batch) throw new Error(`load ${loadId} counts, and the ledger has no batch of it`)
  return batch
}
