import type { AnswerOf } from '../../api/client.ts'
import { useFormats } from '../../language/formats.ts'
import { useWords } from '../../language/language.ts'
import { useText } from '../../view/use-choice.ts'
import { batchWords } from './batch-words.ts'

export type Forgotten = AnswerOf<'POST /api/v1/log-batches/forget'>

/** The batches that would be forgotten, dropped and left; with a button that goes on, if one is given. */
export function ForgetEffect({ answer, onForget }: { answer: Forgotten; onForget?: () => void }) {
  const text = useWords(batchWords)
  const { bytes, count } = useFormats()
  const [, open] = useText('batch')
  const { forgotten, dropped, left } = answer
  const isNothing = forgotten.batches === 0 && dropped.batches === 0
  return (
    <div className="form-rows" role="status">
      {isNothing ? (
        <p>{text.nothing}</p>
      ) : (
        <p>
          <strong>{text.would(count(forgotten.batches), count(forgotten.requests), bytes(forgotten.flux))}</strong>
        </p>
      )}
      {dropped.batches > 0 && <p>{text.wouldDrop(count(dropped.batches))}</p>}
      {left.batches > 0 && (
        <p>
          {text.left(count(left.batches), count(left.requests))}{' '}
          {onForget &&
            left.batch_ids.map((id) => (
              <button key={String(id)} type="button" className="link other-batch" onClick={() => open(String(id))}>
                {String(id)}
              </button>
            ))}
        </p>
      )}
      {onForget && !isNothing && (
        <p>
          <button type="button" className="danger" onClick={onForget}>
            {text.forget}
          </button>
        </p>
      )}
    </div>
  )
}
