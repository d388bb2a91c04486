import { useAnswer } from '../../api/answers.ts'
import type { GetAnswer } from '../../api/client.ts'
import { Answer } from '../../controls/answer.tsx'
import type { Column } from '../../figure/column.ts'
import { DataTable } from '../../figure/data-table.tsx'
import { useFormats } from '../../language/formats.ts'
import { useWords } from '../../language/language.ts'
import { dayWords } from './day-words.ts'
import { BatchLink } from './faults-figure.tsx'

type Query = { account?: string; domain_name: string; time: number; time_zone: string }
type Load = GetAnswer<'/api/v1/explain'>['loads'][number]

/** The files that a day's requests came in, the largest part first. */
export function DayBatches({ query }: { query: Query }) {
  const text = useWords(dayWords)
  const { count } = useFormats()
  const answer = useAnswer('/api/v1/explain', {
    ...{ ...query, interval: '86400', metric: 'requests', service_area: 'global', limit: 1 },
  })
  const columns = useColumns(query.time_zone)
  return (
    <Answer of={answer}>
      {({ loads, other_loads: others }) => (
        <>
          {loads.length === 0 ? (
            <p>{text.noBatches}</p>
          ) : (
            <DataTable
              isCaptionShown
              caption={text.batches}
              columns={columns}
              rows={loads}
              keyOf={(load) => load.load_id}
            />
          )}
          {others.loads > 0 && <p className="quiet">{text.batchesCut(count(others.loads))}</p>}
        </>
      )}
    </Answer>
  )
}

function useColumns(zone: string): Column<Load>[] {
  const text = useWords(dayWords)
  const { count, time } = useFormats()
  const fileOf = (load: Load) =>
    load.pushes === null ? (load.name ?? text.otherAccount) : text.pushes(count(load.pushes))
  return [
    {
      ...{ name: 'batch', title: text.batch, isFigure: true, value: (load) => load.batch_id },
      show: (load) => <BatchLink id={load.batch_id} />,
    },
    { name: 'file', title: text.file, value: fileOf },
    { name: 'source', title: text.source, value: (load) => load.source },
    {
      ...{ name: 'requests', title: text.requestsOfDay, isFigure: true, value: (load) => load.value },
      show: (load) => count(load.value),
    },
    {
      ...{ name: 'delivered', title: text.delivered, value: (load: Load) => load.create_time },
      show: (load) => time(load.create_time, zone),
    },
  ]
}
