import { useAnswer } from '../../api/answers.ts'
import type { AnswerOf } from '../../api/client.ts'
import { Answer } from '../../controls/answer.tsx'
import type { Column } from '../../figure/column.ts'
import { DataTable } from '../../figure/data-table.tsx'
import { useFormats } from '../../language/formats.ts'
import { useWords } from '../../language/language.ts'
import { useView } from '../../view/use-view.ts'
import { rangeTimes } from './range-times.ts'
import { logWords } from './words.ts'

type Source = AnswerOf<'GET /api/v1/coverage'>['sources'][number]

/** The sources of an account's domains: the logs themselves are the operator's. */
export function OwnSources() {
  const text = useWords(logWords)
  const { count, time } = useFormats()
  const { view, subject, range } = useView()
  const { domain_name } = subject
  const coverage = useAnswer('/api/v1/coverage', {
    ...rangeTimes(range, view.zone),
    ...(domain_name === undefined ? {} : { domain_name }),
    limit: 1,
  })
  const columns: Column<Source>[] = [
    { name: 'source', title: text.source, value: ({ source }) => source },
    {
      name: 'watermark',
      title: text.watermark,
      value: ({ watermark }) => watermark,
      show: ({ watermark }) => time(watermark, view.zone),
    },
    {
      name: 'watermark_least',
      title: text.watermarkLeast,
      value: (source) => source.watermark_least,
      show: (source) => time(source.watermark_least, view.zone),
    },
    {
      name: 'rejected_lines',
      title: text.rejected,
      isFigure: true,
      value: (source) => source.rejected_lines,
      show: (source) => count(source.rejected_lines),
    },
    {
      name: 'late_lines',
      title: text.lateLines,
      isFigure: true,
      value: (source) => source.late_lines,
      show: (source) => count(source.late_lines),
    },
  ]
  return (
    <section className="card" aria-label={text.sources}>
      <p>{text.ofCustomers}</p>
      <Answer of={coverage}>
        {({ sources }) =>
          sources.length === 0 ? (
            <p className="quiet">{text.noSources}</p>
          ) : (
            <DataTable caption={text.sources} columns={columns} rows={sources} keyOf={({ source }) => source} />
          )
        }
      </Answer>
    </section>
  )
}
