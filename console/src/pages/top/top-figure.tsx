import { Figure } from '../../figure/figure.tsx'
import { StateStrip } from '../../figure/state-strip.tsx'
import { useFormats } from '../../language/formats.ts'
import { useWords } from '../../language/language.ts'
import { noItem, useColumns } from './use-columns.tsx'
import { useExportHref } from './use-export-href.ts'
import { type TopAnswer, type useTop, useTopChoices } from './use-top.ts'
import { topWords } from './words.ts'

type Props = { answer: TopAnswer; top: ReturnType<typeof useTop> }

/** A list of items that rank highest, as a table with a bar for each share. */
export function TopFigure({ answer, top }: Props) {
  const text = useWords(topWords)
  const { of, by } = useTopChoices()
  const exportHref = useExportHref(top.places)
  const { all } = top
  return (
    <Figure
      title={text.title(text[of], text[`by_${by}`])}
      sentence={useSentence(answer, all)}
      columns={useColumns(of, by)}
      rows={answer.items}
      keyOf={(row) => `${row.domain_name} ${row.item}`}
      fileName={`top-${of}-${by}`}
      request={{ path: '/api/v1/top', query: top.query }}
      {...(exportHref === undefined ? {} : { exportHref })}
      strip={all && <StateStrip buckets={all.buckets} ranges={all.states} zone={all.time_zone} />}
    />
  )
}

function useSentence({ items }: TopAnswer, all: Props['top']['all']): string {
  const text = useWords(topWords)
  const { bytes, count, share } = useFormats()
  const { by, isByDomain } = useTopChoices()
  const [first] = items
  if (!first) return text.nothing
  if (isByDomain) {
    const domains = new Set(items.map((item) => item.domain_name))
    return text.perDomain(count(items.length), count(domains.size))
  }
  const format = by === 'flux' ? bytes : count
  const most = text.most(first.item === noItem ? text.none : first.item, format(first[by]), share(first.share))
  const whole = all?.series[0]?.totals[by] ?? null
  if (whole === null || Number(whole) === 0) return most
  // The sum of rounded shares of 1,000 items may be 5 % beside the share of their sum.
  const listed = items.reduce((sum, item) => sum + BigInt(item[by]), 0n)
  return `${most} ${text.listed(count(items.length), share(Number(listed) / Number(whole)))}`
}
