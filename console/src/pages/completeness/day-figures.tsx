import { Tile, Tiles } from '../../figure/tiles.tsx'
import { useFormats } from '../../language/formats.ts'
import { useWords } from '../../language/language.ts'
import { dayWords } from './day-words.ts'
import type { DeliveryDay } from './use-deliveries.ts'
import { completenessWords } from './words.ts'

/** The figures of a day of a domain: its files and its requests. */
export function DayFigures({ record }: { record: DeliveryDay }) {
  const text = useWords(dayWords)
  const titles = useWords(completenessWords)
  const { count, bytes } = useFormats()
  const expected = record.files_expected
  const outOfLine = record.out_of_line === null ? text.inLine : text[`out_${record.out_of_line}`]
  return (
    <>
      <Tiles>
        <Tile title={titles.expected} value={count(expected)} {...(expected === null ? { note: text.noNumber } : {})} />
        <Tile title={titles.come} value={count(record.files_come)} />
        <Tile title={titles.refusedTitle} value={count(record.files_refused)} />
        <Tile title={titles.lateTitle} value={count(record.files_late)} />
        <Tile title={titles.rejectedTitle} value={count(record.rejected_lines)} />
        <Tile title={titles.requests} value={count(record.requests)} note={bytes(record.flux)} />
      </Tiles>
      <p>
        {outOfLine} <span className="quiet">{text.ofSuchWeekdays}</span>
      </p>
    </>
  )
}
