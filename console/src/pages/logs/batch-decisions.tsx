import { useState } from 'react'
import { useChange } from '../../api/answers.ts'
import { Failure } from '../../controls/answer.tsx'
import { Question } from '../../controls/dialog.tsx'
import { useFormats } from '../../language/formats.ts'
import { useWords } from '../../language/language.ts'
import { batchWords } from './batch-words.ts'
import type { Batch } from './delivery.ts'

/** Accepts a quarantined batch, or forgets one, after its effect was shown. */
export function BatchDecisions({ batch }: { batch: Batch }) {
  const text = useWords(batchWords)
  const [asked, ask] = useState<'accept' | 'forget' | null>(null)
  const canForget = ['loaded', 'quarantined', 'failed'].includes(batch.state)
  if (!canForget) return null
  return (
    <div className="form-actions">
      {batch.state === 'quarantined' && (
        <button type="button" onClick={() => ask('accept')}>
          {text.accept}
        </button>
      )}
      <button type="button" className="danger" onClick={() => ask('forget')}>
        {text.forget}
      </button>
      {asked === 'accept' && <AcceptQuestion batch={batch} onClose={() => ask(null)} />}
      {asked === 'forget' && <ForgetQuestion batch={batch} onClose={() => ask(null)} />}
    </div>
  )
}

type Props = { batch: Batch; onClose(): void }

function AcceptQuestion({ batch, onClose }: Props) {
  const text = useWords(batchWords)
  const { count } = useFormats()
  const accept = useChange('POST /api/v1/log-batches/{batchId}/accept')
  const yes = () => accept.mutate({ path: { batchId: String(batch.batch_id) } }, { onSuccess: onClose })
  return (
    <Question title={text.acceptTitle(String(batch.batch_id))} action={text.acceptYes} onYes={yes} onClose={onClose}>
      <p>{text.acceptEffect(count(batch.requests), count(batch.rejected_lines))}</p>
      <p>{text.acceptUndo}</p>
      {accept.error && <Failure error={accept.error} />}
    </Question>
  )
}

function ForgetQuestion({ batch, onClose }: Props) {
  const text = useWords(batchWords)
  const { bytes, count } = useFormats()
  const forget = useChange('DELETE /api/v1/log-batches/{batchId}')
  const yes = () => forget.mutate({ path: { batchId: String(batch.batch_id) } }, { onSuccess: onClose })
  const counts = batch.state === 'loaded'
  return (
    <Question title={text.forgetTitle(String(batch.batch_id))} action={text.forgetYes} onYes={yes} onClose={onClose}>
      <p>{counts ? text.forgetEffect(count(batch.requests), bytes(batch.flux)) : text.dropEffect}</p>
      {counts && <p>{text.forgetLater}</p>}
      {forget.error && <Failure error={forget.error} />}
    </Question>
  )
}
