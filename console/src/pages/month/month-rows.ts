import type { Column } from '../../figure/column.ts'
import { useFormats } from '../../language/formats.ts'
import { useWords } from '../../language/language.ts'
import type { MonthAnswer } from './month-answer.ts'
import { monthWords } from './words.ts'

type Row = { name: string; title: string; exact: number | null; unit: string; text: string }

/** The figures of the month as rows of a table: rounded as on the tiles, and exact. */
export function useMonthRows({ total }: MonthAnswer): { columns: Column<Row>[]; rows: Row[] } {
  const text = useWords(monthWords)
  const { bytes, bits, count } = useFormats()
  const ofBytes = (name: string, title: string, value: number | null) => ({
    ...{ name, title, exact: value, unit: 'B', text: bytes(value) },
  })
  const ofBits = (name: string, title: string, value: number | null) => ({
    ...{ name, title, exact: value, unit: 'bit/s', text: bits(value) },
  })
  const ofCount = (name: string, title: string, value: number | null) => ({
    ...{ name, title, exact: value, unit: '', text: count(value) },
  })
  const rows = [
    ofBytes('flux', text.traffic, total.flux),
    ofBytes('billed_flux', text.billed, total.billed_flux),
    ofCount('requests', text.requests, total.requests),
    ofBits('bandwidth_percentile', text.percentile, total.bandwidth_percentile),
    ofBits('average_daily_peak', text.average, total.average_daily_peak),
    ofBits('peak', text.peak, total.peak),
    ofCount('valid_days', text.validDays, total.valid_days),
    ofBytes('forecast_billed_flux', `${text.forecast}: ${text.billed}`, total.forecast?.billed_flux ?? null),
    ofBits('forecast_percentile', `${text.forecast}: ${text.percentile}`, total.forecast?.bandwidth_percentile ?? null),
  ]
  const columns: Column<Row>[] = [
    { name: 'title', title: text.figure, value: (row) => row.title },
    { name: 'text', title: text.value, isFigure: true, value: (row) => row.text },
    {
      name: 'exact',
      title: text.exact,
      isFigure: true,
      value: (row) => row.exact,
      show: (row) => exactText(row, count),
    },
  ]
  return { columns, rows }
}

const exactText = ({ exact, unit }: Row, count: (value: number | null) => string) =>
  exact === null ? '–' : `${count(exact)} ${unit}`.trim()
