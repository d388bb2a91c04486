import type { Operations } from '../../../generated/operations.ts'
import type { AnswerOf } from '../../api/client.ts'
import { call, queryText } from '../../api/client.ts'
import { upload } from '../../api/upload.ts'

export type Batch = AnswerOf<'GET /api/v1/log-batches/{batchId}'>
type Delivery = Operations['POST /api/v1/log-batches/preview']['body']

/** Choices of a load, under the names of the API. */
export type LoadOptions = Pick<
  Delivery,
  'format' | 'domain' | 'log_zone' | 'source' | 'service_area' | 'rejected_percent_max'
>
/** The permission to count requests that are loaded already. */
export type Twice = Pick<Delivery, 'force' | 'overlap'>

const waitMs = 1_000
const againMs = 2_000

export const hasEnded = ({ state }: Pick<Batch, 'state'>): boolean => state !== 'queued' && state !== 'loading'

type Steps = { onSent(bytes: number): void; onBatch(batch: Batch): void; signal: AbortSignal }

/**
 * Sends a file, and waits until its batch has ended. The server loads on if the wait is ended.
 * @throws ApiError when the file is refused; TypeError when the server goes away before it has the whole file
 */
export async function deliver(file: File, query: LoadOptions & Twice, steps: Steps): Promise<Batch> {
  const { onSent, onBatch, signal } = steps
  const target = `/api/v1/log-batches${queryText({ ...query, name: file.name, wait: false })}`
  let batch = (await upload({ target, body: file, onProgress: onSent, signal })) as Batch
  while (!hasEnded(batch)) {
    onBatch(batch)
    const path = { batchId: String(batch.batch_id) }
    // The file is on the server's disk: while it does not answer, it is asked again.
    const next = await call('GET /api/v1/log-batches/{batchId}', { path, query: { wait_ms: waitMs } }).catch(later)
    if (signal.aborted) return batch
    batch = next ?? batch
  }
  return batch
}

async function later(error: unknown): Promise<null> {
  if (!(error instanceof TypeError)) throw error
  await new Promise((resolve) => setTimeout(resolve, againMs))
  return null
}
