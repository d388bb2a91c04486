import { useFormats } from '../../language/formats.ts'
import { useWords } from '../../language/language.ts'
import type { DomainPage } from './use-deliveries.ts'
import { completenessWords } from './words.ts'

/** Leafs through the domains, where there are too many for one answer. */
export function DomainPages({ page }: { page: DomainPage }) {
  const text = useWords(completenessWords)
  const { count } = useFormats()
  return (
    <div className="choice-row">
      <button type="button" disabled={page.index === 0} onClick={() => page.choose(page.index - 1)}>
        {text.previousDomains}
      </button>
      <span>{text.shownDomains(count(page.from), count(page.to), count(page.all))}</span>
      <button type="button" disabled={page.to >= page.all} onClick={() => page.choose(page.index + 1)}>
        {text.nextDomains}
      </button>
    </div>
  )
}
