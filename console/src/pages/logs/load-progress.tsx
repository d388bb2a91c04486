import { useFormats } from '../../language/formats.ts'
import { useWords } from '../../language/language.ts'
import { loadWords } from './load-words.ts'
import type { Item } from './use-queue.ts'

/** The part of a file that is sent, or read by the server. */
export function LoadProgress({ item }: { item: Item }) {
  const text = useWords(loadWords)
  const { count, share } = useFormats()
  const { step, file, sentBytes, batch } = item
  const sent = file.size === 0 ? 1 : Math.min(1, sentBytes / file.size)
  const readLines = batch?.progress?.read_lines
  const readBytes = batch?.progress?.read_bytes
  const [says, done] =
    step === 'waiting'
      ? [text.waiting, 0]
      : step === 'sending'
        ? [text.sending(share(Math.floor(sent * 100) / 100)), sent]
        : readLines === undefined || readBytes === undefined
          ? [text.queued, undefined]
          : [text.reading(count(readLines)), Math.min(1, readBytes / Math.max(1, file.size))]
  return (
    <div>
      <progress aria-label={text.file(file.name)} {...(done === undefined ? {} : { value: done })} />
      <p role="status">{says}</p>
    </div>
  )
}
