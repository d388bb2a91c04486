import type { AnswerOf } from '../../api/client.ts'
import type { CellValue, Column } from '../../figure/column.ts'
import { useFormats } from '../../language/formats.ts'
import { useWords } from '../../language/language.ts'
import { detailWords } from './detail-words.ts'

type ChangesAnswer = AnswerOf<'GET /api/v1/export-tasks/{taskId}/changes'>
type DomainRow = ChangesAnswer['domains'][number]
type MonthRow = NonNullable<ChangesAnswer['months']>[number]
type BucketRow = ChangesAnswer['changes'][number]

type ChangeColumns = { domains: Column<DomainRow>[]; months: Column<MonthRow>[]; buckets: Column<BucketRow>[] }

/** Columns of the comparison, in whole bytes and requests: the figures before, and those of now. */
export function useChangeColumns(zone: string): ChangeColumns {
  const text = useWords(detailWords)
  const { count, time } = useFormats()
  const figure = <R>(name: string, title: string, value: (row: R) => CellValue): Column<R> => ({
    ...{ name, title, value, isFigure: true },
    show: (row) => count(value(row) as number | bigint | null),
  })
  const sums = [
    figure<DomainRow | BucketRow>('requests_before', text.requestsBefore, (row) => row.requests_before),
    figure<DomainRow | BucketRow>('requests_after', text.requestsAfter, (row) => row.requests_after),
    figure<DomainRow | BucketRow>('flux_before', text.fluxBefore, (row) => row.flux_before),
    figure<DomainRow | BucketRow>('flux_after', text.fluxAfter, (row) => row.flux_after),
  ]
  const timeColumn: Column<BucketRow> = {
    name: 'time',
    title: text.time,
    value: (row) => Number(row.time),
    show: (row) => time(row.time, zone),
  }
  return {
    domains: [{ name: 'domain', title: text.domain, value: (row) => row.domain_name }, ...sums],
    months: [
      { name: 'month', title: text.month, value: (row) => row.month },
      { name: 'domain', title: text.domain, value: (row) => row.domain_name ?? text.total },
      figure('flux_before', text.fluxBefore, (row) => row.before?.flux),
      figure('flux_after', text.fluxAfter, (row) => row.after?.flux),
      figure('billed_before', text.billedBefore, (row) => row.before?.billed_flux),
      figure('billed_after', text.billedAfter, (row) => row.after?.billed_flux),
      figure('percentile_before', text.percentileBefore, (row) => row.before?.bandwidth_percentile),
      figure('percentile_after', text.percentileAfter, (row) => row.after?.bandwidth_percentile),
    ],
    buckets: [timeColumn, { name: 'domain', title: text.domain, value: (row) => row.domain_name }, ...sums],
  }
}
