import type { Column } from '../../figure/column.ts'
import { useFormats } from '../../language/formats.ts'
import { useWords } from '../../language/language.ts'
import { useView } from '../../view/use-view.ts'
import { type ItemKind, type Measure, type TopItem, useTopChoices } from './use-top.ts'
import { topWords } from './words.ts'

/** The text of a request that has no such item. */
export const noItem = '-'

/** The columns of a list. Texts of a log stay text: nothing of them is a link. */
export function useColumns(of: ItemKind, by: Measure): Column<TopItem>[] {
  const text = useWords(topWords)
  const { count } = useFormats()
  const { isByDomain } = useTopChoices()
  const hasDomain = of === 'url' || of === 'path' || isByDomain
  const figure = (measure: Measure): Column<TopItem> => ({
    ...{ name: measure, title: text[`${measure}Title`], isFigure: true },
    value: (row) => row[measure],
    show: (row) => count(row[measure]),
  })
  const domain: Column<TopItem> = {
    ...{ name: 'domain', title: text.domainTitle, value: (row: TopItem) => row.domain_name },
    show: (row) => <DomainButton name={row.domain_name ?? ''} />,
  }
  const item: Column<TopItem> = {
    ...{ name: 'item', title: text[`item_${of}`], value: (row: TopItem) => row.item },
    show: (row) => (of === 'domain' ? <DomainButton name={row.item} /> : <Item item={row.item} />),
  }
  return [
    { name: 'rank', title: text.rank, isFigure: true, value: (row) => row.rank },
    ...(hasDomain ? [domain] : []),
    item,
    ...(by === 'flux' ? [figure('flux'), figure('requests')] : [figure('requests'), figure('flux')]),
    {
      ...{ name: 'share', title: text[`${by}Share`], isFigure: true, value: (row) => row.share },
      show: (row) => <Share part={row.share} />,
    },
  ]
}

function Item({ item }: { item: string }) {
  const text = useWords(topWords)
  return (
    <span className="top-item" dir="auto">
      {item === noItem ? text.none : item}
    </span>
  )
}

/** A press shows this domain alone. */
function DomainButton({ name }: { name: string }) {
  const text = useWords(topWords)
  const { view, change } = useView()
  if (view.domains.length === 1 && view.domains[0] === name) return <span className="top-domain">{name}</span>
  return (
    <button
      type="button"
      className="link top-domain"
      title={text.pick(name)}
      onClick={() => change({ domains: [name] })}
    >
      {name}
    </button>
  )
}

function Share({ part }: { part: number }) {
  const { share } = useFormats()
  return (
    <span className="top-share">
      <span className="top-share-line" aria-hidden="true">
        <span style={{ inlineSize: `${100 * part}%` }} />
      </span>
      {share(part)}
    </span>
  )
}
