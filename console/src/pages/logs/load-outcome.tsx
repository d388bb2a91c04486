import { useState } from 'react'
import { Link } from 'wouter'
import { ApiError } from '../../api/client.ts'
import { Failure } from '../../controls/answer.tsx'
import { Question } from '../../controls/dialog.tsx'
import { useFormats } from '../../language/formats.ts'
import { useWords } from '../../language/language.ts'
import { useView } from '../../view/use-view.ts'
import type { Batch, Twice } from './delivery.ts'
import { loadWords } from './load-words.ts'
import { helpWords } from './reason-words.ts'
import { useBatch } from './use-batch.ts'
import type { Item } from './use-queue.ts'

/** Errors that a person may overrule, and the parameter that does it. */
const overruled: Record<string, Twice> = {
  'FLUXPORT.0101': { force: true },
  'FLUXPORT.0106': { overlap: 'accept' },
}

type Props = { item: Item; onLoad(more: Twice): void }

/** The outcome of a load, with a help where the file was refused. */
export function LoadOutcome({ item, onLoad }: Props) {
  const text = useWords(loadWords)
  const { file } = item
  // Somebody may accept or forget the batch while the file is on the list.
  const now = useBatch(String(item.batch?.batch_id), item.batch !== null)
  const batch = now.data ?? item.batch
  const error = item.error ?? errorOf(batch)
  return (
    <>
      {batch && <Sentence batch={batch} />}
      {error && (
        <>
          <Failure error={error} />
          <Help error={error} />
          <div className="form-actions">
            {batch?.state !== 'quarantined' && (
              <button type="button" onClick={() => onLoad({})}>
                {text.again}
              </button>
            )}
            <AllTheSame error={error} fileName={file.name} onLoad={onLoad} />
          </div>
        </>
      )}
    </>
  )
}

const errorOf = (batch: Batch | null): Error | null =>
  batch?.error ? new ApiError(0, batch.error.error_code, batch.error.error_msg) : null

function Sentence({ batch }: { batch: Batch }) {
  const text = useWords(loadWords)
  const { bytes, count } = useFormats()
  const { hrefOf } = useView()
  const others = {
    queued: text.queued,
    loading: text.queued,
    duplicate: text.duplicate,
    quarantined: text.quarantined,
    forgotten: text.forgotten,
    failed: text.failed,
  }
  const says =
    batch.state === 'loaded'
      ? batch.lines === 0
        ? text.nothing
        : text.loaded(count(batch.requests), bytes(batch.flux))
      : others[batch.state]
  const shown = batch.already_loaded_as ?? batch.batch_id
  return (
    <p role="status">
      {says} {batch.state === 'loaded' && !!batch.rejected_lines && text.withRejected(count(batch.rejected_lines))}{' '}
      <Link href={hrefOf('/logs', { batch: String(shown) })}>{text.seeBatch(String(shown))}</Link>
    </p>
  )
}

/** The next step after an error; an error that this page does not know has its own words alone. */
export function Help({ error }: { error: Error }) {
  const help = useWords(helpWords) as Record<string, string>
  const says = error instanceof ApiError ? help[error.code] : undefined
  return says === undefined ? null : <p>{says}</p>
}

function AllTheSame({ error, fileName, onLoad }: { error: Error; fileName: string; onLoad(more: Twice): void }) {
  const text = useWords(loadWords)
  const [isAsked, ask] = useState(false)
  const twice = error instanceof ApiError ? overruled[error.code] : undefined
  if (twice === undefined) return null
  return (
    <>
      <button type="button" className="danger" onClick={() => ask(true)}>
        {text.allTheSame}
      </button>
      {isAsked && (
        <Question
          title={text.allTheSameTitle}
          action={text.load}
          onYes={() => onLoad(twice)}
          onClose={() => ask(false)}
        >
          <p>{text.allTheSameEffect(fileName)}</p>
        </Question>
      )}
    </>
  )
}
