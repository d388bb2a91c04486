import { ApiError } from '../../api/client.ts'
import { Answer, Failure } from '../../controls/answer.tsx'
import { Dialog } from '../../controls/dialog.tsx'
import { useFormats } from '../../language/formats.ts'
import { useWords } from '../../language/language.ts'
import { useText } from '../../view/use-choice.ts'
import { BatchDecisions } from './batch-decisions.tsx'
import { BatchFacts } from './batch-facts.tsx'
import { batchWords } from './batch-words.ts'
import type { Batch } from './delivery.ts'
import { Help } from './load-outcome.tsx'
import { RejectedLines } from './rejected-lines.tsx'
import { useBatch } from './use-batch.ts'
import { logWords } from './words.ts'

/** Everything about one batch, in a window. The address has its number. */
export function BatchDialog({ batchId }: { batchId: string }) {
  const text = useWords(logWords)
  const [, open] = useText('batch')
  const batch = useBatch(batchId)
  return (
    <Dialog title={text.batch(batchId)} onClose={() => open('')}>
      <Answer of={batch}>{(found) => <Parts batch={found} />}</Answer>
    </Dialog>
  )
}

function Parts({ batch }: { batch: Batch }) {
  const text = useWords(batchWords)
  const words = useWords(logWords)
  const { count } = useFormats()
  const error = batch.error && new ApiError(0, batch.error.error_code, batch.error.error_msg)
  return (
    <div className="page">
      <p className="file-name">
        <strong>{batch.name}</strong> · {words[batch.state]}
        {batch.progress && ` · ${text.reading(count(batch.progress.read_lines))}`}
      </p>
      {error && (
        <div>
          <Failure error={error} />
          <Help error={error} />
        </div>
      )}
      <Others batch={batch} />
      <BatchDecisions batch={batch} />
      <BatchFacts batch={batch} />
      <RejectedLines batch={batch} />
    </div>
  )
}

/** The batches that have its bytes, or some of its requests. */
function Others({ batch }: { batch: Batch }) {
  const text = useWords(batchWords)
  const words = useWords(logWords)
  const { count } = useFormats()
  const [, open] = useText('batch')
  const { already_loaded_as: same, overlap } = batch
  const ids = same === null ? (overlap?.batch_ids ?? []) : [same]
  if (ids.length === 0) return null
  return (
    <p>
      {same === null ? overlap && text.overlap(count(overlap.requests)) : text.sameAs(String(same))}{' '}
      {ids.map((id) => (
        <button key={String(id)} type="button" className="link other-batch" onClick={() => open(String(id))}>
          {words.batch(String(id))}
        </button>
      ))}
    </p>
  )
}
