import { Link } from 'wouter'
import { CodeBlock } from '../figure/code-sample.tsx'
import { useWords } from '../language/language.ts'
import { useView } from '../view/use-view.ts'
import { dayOf } from '../view/zone-time.ts'
import { startWords } from './start-words.ts'

/** The way from nothing to a bill, for a server that has no log yet. */
export function EmptyStart({ dropHref }: { dropHref?: string }) {
  const text = useWords(startWords)
  const { view } = useView()
  const at = `--endpoint ${window.location.origin}`
  const month = dayOf(Date.now(), view.zone).slice(0, 7)
  return (
    <section className="card" aria-labelledby="empty-start">
      <h2 id="empty-start">{text.title}</h2>
      <p>{text.lead}</p>
      <p>{text.ingest}</p>
      <CodeBlock code={`fluxport ingest ${at} access.log.gz`} />
      <p>{text.export}</p>
      <CodeBlock code={`fluxport export ${at} --month ${month} --group-by domain --output usage.csv`} />
      <p>{text.bill}</p>
      <CodeBlock code={`fluxport bill ${at} --month ${month}`} />
      <p className="quiet">{text.key}</p>
      <p className="quiet">{text.demo}</p>
      {dropHref !== undefined && (
        <p>
          <Link href={dropHref} className="button">
            {text.drop}
          </Link>
        </p>
      )}
      <p className="awaited" role="status">
        {text.waiting}
      </p>
    </section>
  )
}
