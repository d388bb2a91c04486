import { type DragEvent, useId, useState } from 'react'
import { useFormats } from '../../language/formats.ts'
import { useWords } from '../../language/language.ts'
import type { LoadOptions } from './delivery.ts'
import { FileCard } from './file-card.tsx'
import { LoadOptionsForm } from './load-options.tsx'
import { loadWords } from './load-words.ts'
import { useQueue } from './use-queue.ts'

/** Files are dropped, looked at, and loaded one after the other. */
export function LoadLogs() {
  const text = useWords(loadWords)
  const { count } = useFormats()
  const queue = useQueue()
  const [options, setOptions] = useState<LoadOptions>({})
  const chosen = queue.items.filter(({ step }) => step === 'chosen')
  const ended = queue.items.filter(({ step }) => step === 'ended')
  return (
    <section className="page" aria-label={text.title}>
      <DropArea onFiles={queue.add} />
      <LoadOptionsForm options={options} onChange={setOptions} />
      {chosen.length > 1 && (
        <p>
          <button
            type="button"
            className="primary"
            onClick={() =>
              queue.load(
                chosen.map(({ key }) => key),
                options,
              )
            }
          >
            {text.loadAll(count(chosen.length))}
          </button>
        </p>
      )}
      <p className="unseen" role="status">
        {ended.length > 0 && text.done(count(ended.length))}
      </p>
      {queue.items.map((item) => (
        <FileCard key={item.key} item={item} options={options} queue={queue} />
      ))}
    </section>
  )
}

/** The field for files. It takes files that are dropped onto it, too. */
function DropArea({ onFiles }: { onFiles(files: Iterable<File>): void }) {
  const text = useWords(loadWords)
  const id = useId()
  const [isOver, setOver] = useState(false)
  const over = (event: DragEvent) => {
    event.preventDefault()
    setOver(true)
  }
  const drop = (event: DragEvent) => {
    event.preventDefault()
    setOver(false)
    onFiles(event.dataTransfer.files)
  }
  return (
    // The field within does the same for the keyboard.
    // biome-ignore lint/a11y/noStaticElementInteractions: see above
    <div
      className={isOver ? 'card drop-area drop-over' : 'card drop-area'}
      onDragOver={over}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <label htmlFor={id}>{text.drop}</label>
      <input
        id={id}
        type="file"
        multiple
        onChange={(event) => {
          onFiles(event.target.files ?? [])
          // The same file may be chosen once more, when it is mended.
          event.target.value = ''
        }}
      />
      <p className="quiet">{text.dropHint}</p>
    </div>
  )
}
