import { useAnswer } from '../../api/answers.ts'
import { useFormats } from '../../language/formats.ts'
import { useWords } from '../../language/language.ts'
import { useView } from '../../view/use-view.ts'
import { batchWords } from './batch-words.ts'
import type { Batch } from './delivery.ts'
import { logWords } from './words.ts'

/** The counts of a batch and of its delivery. An unknown figure is a dash. */
export function BatchFacts({ batch }: { batch: Batch }) {
  const text = useWords(batchWords)
  const words = useWords(logWords)
  const { bytes, count, time } = useFormats()
  const { view } = useView()
  const accounts = useAnswer('/api/v1/accounts', {}).data?.accounts
  const account = accounts?.find(({ account_id: id }) => id === batch.account_id)
  const facts: [string, string][] = [
    [words.lines, count(batch.lines)],
    [words.requests, count(batch.requests)],
    [words.rejected, count(batch.rejected_lines)],
    [text.headerLines, count(batch.header_lines)],
    [words.traffic, batch.flux === null ? '–' : `${bytes(batch.flux)} (${count(batch.flux)} B)`],
    [words.first, time(batch.first_time, view.zone)],
    [words.last, time(batch.last_time, view.zone)],
    [words.format, batch.format],
    [words.source, batch.source],
    [words.account, account?.name ?? batch.account_id],
    [words.domain, batch.domain ?? '–'],
    [text.area, batch.service_area],
    [words.size, bytes(batch.size)],
    [text.contentSize, bytes(batch.content_size)],
    [words.delivered, time(batch.create_time, view.zone)],
    [text.loadTime, time(batch.load_time, view.zone)],
    [text.loadedBy, batch.loaded_by],
    [text.pushes, count(batch.pushes)],
    [text.addresses, batch.client_addresses ?? '–'],
    [text.queries, batch.query_strings ?? '–'],
    [text.hash, batch.content_sha256 ?? '–'],
  ]
  return (
    <section aria-labelledby="batch-facts">
      <h3 id="batch-facts">{text.facts}</h3>
      <dl className="facts">
        {facts.map(([name, value]) => (
          <div key={name} className="fact">
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  )
}
