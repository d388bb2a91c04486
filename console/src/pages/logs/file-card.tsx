import { useId } from 'react'
import { useFormats } from '../../language/formats.ts'
import { useWords } from '../../language/language.ts'
import type { LoadOptions } from './delivery.ts'
import { LoadOutcome } from './load-outcome.tsx'
import { LoadProgress } from './load-progress.tsx'
import { loadWords } from './load-words.ts'
import { PreviewView } from './preview.tsx'
import type { Item, Queue } from './use-queue.ts'

type Props = { item: Item; options: LoadOptions; queue: Queue }

/** A file: its first lines as they are understood, its way to the server, and its outcome. */
export function FileCard({ item, options, queue }: Props) {
  const text = useWords(loadWords)
  const { bytes } = useFormats()
  const id = useId()
  const { file, key, step } = item
  const isOnItsWay = step === 'waiting' || step === 'sending' || step === 'reading'
  return (
    <section className="card" aria-labelledby={id}>
      <header className="card-head">
        <h2 id={id} className="file-name">
          {file.name} <span className="quiet">{bytes(file.size)}</span>
        </h2>
        <div className="card-actions">
          {step === 'chosen' && (
            <button
              type="button"
              className="primary"
              aria-label={text.loadOne(file.name)}
              onClick={() => queue.load([key], options)}
            >
              {text.load}
            </button>
          )}
          {step !== 'reading' && (
            <button
              type="button"
              aria-label={isOnItsWay ? text.stopOne(file.name) : text.leaveOutOne(file.name)}
              onClick={() => queue.remove(key)}
            >
              {isOnItsWay ? text.stop : text.leaveOut}
            </button>
          )}
        </div>
      </header>
      {step === 'chosen' && <PreviewView file={file} fileKey={key} options={options} />}
      {isOnItsWay && <LoadProgress item={item} />}
      {step === 'ended' && <LoadOutcome item={item} onLoad={(more) => queue.load([key], { ...options, ...more })} />}
    </section>
  )
}
