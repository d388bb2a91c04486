import { Link } from 'wouter'
import { useAnswer } from '../../api/answers.ts'
import type { GetAnswer } from '../../api/client.ts'
import { Answer } from '../../controls/answer.tsx'
import { Dialog } from '../../controls/dialog.tsx'
import { Select } from '../../controls/field.tsx'
import type { Column } from '../../figure/column.ts'
import { DataTable } from '../../figure/data-table.tsx'
import { StateStrip } from '../../figure/state-strip.tsx'
import { useFormats } from '../../language/formats.ts'
import { useWords } from '../../language/language.ts'
import { useText } from '../../view/use-choice.ts'
import { useView } from '../../view/use-view.ts'
import type { FigureName } from './figures.ts'
import { useFormat } from './usage-figure.tsx'
import { usageWords } from './words.ts'

type Explanation = GetAnswer<'/api/v1/explain'>
type Load = Explanation['loads'][number]
type Line = Explanation['lines'][number]
type Props = { timeMs: number; figure: FigureName; interval: string; onClose(): void }

/** The metric that explains a figure: of a ratio, its hits. */
const metricOf = {
  ...{ flux: 'flux', peak_bandwidth: 'peak_bandwidth', requests: 'requests' },
  ...{ hit_requests: 'hits', hit_flux: 'hit_flux', status: 'requests' },
} as const

/** Opens a figure: the batches that it comes from, and its first lines. */
export function ExplainDialog({ timeMs, figure, interval, onClose }: Props) {
  const text = useWords(usageWords)
  const { time } = useFormats()
  const { view, subject } = useView()
  const { domain_name: _chosen, ...ofAccount } = subject
  const { data } = useAnswer('/api/v1/usage', {
    ...{ ...subject, metrics: 'flux', group_by: 'domain', interval: interval === 'month' ? '86400' : interval },
    ...{ start_time: timeMs, end_time: timeMs + 1 },
  })
  const names = (data?.series ?? []).filter((one) => Number(one.totals.flux) > 0).map((one) => one.domain ?? '')
  const [asked, ask] = useText('of')
  const domain = asked !== '' ? asked : names.length === 1 ? (names[0] ?? '') : ''
  const metric = metricOf[figure]
  const query = { ...ofAccount, domain_name: domain, time: timeMs, interval, metric }
  const answer = useAnswer('/api/v1/explain', query, { isOn: domain !== '' })
  const choices = [{ value: '', text: text.chooseDomain }, ...names.map((name) => ({ value: name, text: name }))]
  return (
    <Dialog title={text.explainTitle(text[figure], time(timeMs, view.zone))} onClose={onClose}>
      <Select label={text.ofDomain} value={domain} choices={choices} onChange={ask} />
      {domain !== '' && (
        <Answer of={answer}>{(explanation) => <Explained explanation={explanation} figure={figure} />}</Answer>
      )}
    </Dialog>
  )
}

function Explained({ explanation, figure }: { explanation: Explanation; figure: FigureName }) {
  const text = useWords(usageWords)
  const { count } = useFormats()
  const format = useFormat(figure === 'hit_requests' ? 'requests' : figure === 'hit_flux' ? 'flux' : figure)
  const { loads, lines, lines_missing: missing } = explanation
  return (
    <>
      <p>
        {text.explainSentence(
          format(explanation.value),
          count(explanation.loads_total),
          count(explanation.lines_total),
        )}
      </p>
      <StateStrip buckets={explanation.buckets} ranges={null} zone={explanation.time_zone} />
      <DataTable caption={text.loads} isCaptionShown columns={useLoadColumns()} rows={loads} keyOf={(l) => l.load_id} />
      {missing !== null && <p className="quiet">{missing}</p>}
      <DataTable
        caption={text.firstLines}
        isCaptionShown
        columns={useLineColumns(explanation.time_zone)}
        rows={lines.map((line, index) => ({ ...line, index }))}
        keyOf={(line) => line.index}
      />
    </>
  )
}

function useLoadColumns(): Column<Load>[] {
  const text = useWords(usageWords)
  const { count } = useFormats()
  const { hrefOf } = useView()
  return [
    {
      ...{ name: 'batch', title: text.batch, value: (load) => load.batch_id },
      show: (load) => <Link href={hrefOf('/logs', { batch: String(load.batch_id) })}>{load.batch_id}</Link>,
    },
    { name: 'file', title: text.file, value: (load) => load.name },
    { name: 'source', title: text.source, value: (load) => load.source },
    { name: 'part', title: text.part, isFigure: true, value: (load) => load.value, show: (load) => count(load.value) },
    {
      name: 'lines',
      title: text.lines,
      isFigure: true,
      value: (load) => load.lines,
      show: (load) => count(load.lines),
    },
  ]
}

function useLineColumns(zone: string): Column<Line & { index: number }>[] {
  const text = useWords(usageWords)
  const { count, time } = useFormats()
  return [
    { name: 'time', title: text.time, value: (line) => time(line.time, zone) },
    { name: 'client', title: text.client, value: (line) => line.client },
    { name: 'path', title: text.path, value: (line) => line.path },
    { name: 'status', title: text.code, isFigure: true, value: (line) => line.status },
    {
      name: 'bytes',
      title: text.bytes,
      isFigure: true,
      value: (line) => line.bytes,
      show: (line) => count(line.bytes),
    },
    { name: 'cache', title: text.cache, value: (line) => line.cache },
    { name: 'agent', title: text.agent, value: (line) => line.user_agent },
  ]
}
