import { useAnswer } from '../../api/answers.ts'
import { Answer } from '../../controls/answer.tsx'
import { Bars } from '../../figure/bars.tsx'
import type { Column } from '../../figure/column.ts'
import { Figure } from '../../figure/figure.tsx'
import { useFormats } from '../../language/formats.ts'
import { useWords } from '../../language/language.ts'
import { useView } from '../../view/use-view.ts'
import { usageWords } from './words.ts'

type Row = { code: string; requests: number; share: number | null }

/** Requests of each status code over the whole range. */
export function StatusCodes() {
  const text = useWords(usageWords)
  const { count, share } = useFormats()
  const { subject, range } = useView()
  const query = { ...subject, ...range, metrics: 'requests', group_by: 'status', interval: '86400' }
  const columns: Column<Row>[] = [
    { name: 'code', title: text.code, value: (row) => row.code },
    {
      name: 'requests',
      title: text.requests,
      isFigure: true,
      value: (row) => row.requests,
      show: (r) => count(r.requests),
    },
    { name: 'share', title: text.share, isFigure: true, value: (row) => row.share, show: (row) => share(row.share) },
  ]
  return (
    <Answer of={useAnswer('/api/v1/usage', query)}>
      {({ series }) => {
        const all = series.reduce((sum, one) => sum + Number(one.totals.requests ?? 0), 0)
        const rows = series
          .map((one) => ({ code: one.status ?? '', requests: Number(one.totals.requests ?? 0) }))
          .map((row) => ({ ...row, share: all === 0 ? null : row.requests / all }))
          .sort((a, b) => b.requests - a.requests)
        const most = rows[0]
        return (
          <Figure
            title={text.codes}
            sentence={most ? text.codesSentence(most.code, share(most.share)) : text.nothing}
            columns={columns}
            rows={rows}
            keyOf={(row) => row.code}
            fileName="status-codes"
            request={{ path: '/api/v1/usage', query }}
          >
            <Bars
              bars={rows.map((row) => ({
                ...{ key: row.code, label: row.code, value: row.requests },
                text: `${count(row.requests)} (${share(row.share)})`,
              }))}
            />
          </Figure>
        )
      }}
    </Answer>
  )
}
