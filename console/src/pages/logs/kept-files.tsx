import { useAnswer } from '../../api/answers.ts'
import type { AnswerOf } from '../../api/client.ts'
import { Answer } from '../../controls/answer.tsx'
import { Select } from '../../controls/field.tsx'
import type { Column } from '../../figure/column.ts'
import { DataTable } from '../../figure/data-table.tsx'
import { useFormats } from '../../language/formats.ts'
import { useWords } from '../../language/language.ts'
import { useOwnAccount } from '../../session/own-account.ts'
import { useText } from '../../view/use-choice.ts'
import { useView } from '../../view/use-view.ts'
import { keptWords } from './kept-words.ts'
import { rangeTimes } from './range-times.ts'

type KeptFile = AnswerOf<'GET /v1.0/cdn/logs'>['logs'][number]

/** The contract's list takes 30 days at most, and 10,000 files. */
const daysMax = 30
const filesMax = 1_000

/** Kept files of one domain of the own account, with their links. */
export function KeptFiles() {
  const text = useWords(keptWords)
  const own = useOwnAccount()
  const { view } = useView()
  const [asked, ask] = useText('kept_of')
  const { data } = useAnswer('/api/v1/domains', {})
  const names = (data?.domains ?? [])
    .filter(({ account_id: owner }) => owner === null || owner === own.account_id)
    .map((domain) => domain.domain_name)
  const [chosen = ''] = asked === '' ? view.domains : [asked]
  const domain = names.includes(chosen) ? chosen : ''
  return (
    <section className="card" aria-labelledby="kept-files">
      <h2 id="kept-files">{text.filesTitle}</h2>
      <p className="quiet">{text.filesHint}</p>
      <Select
        label={text.domain}
        value={domain}
        choices={[{ value: '', text: text.chooseDomain }, ...names.map((name) => ({ value: name, text: name }))]}
        onChange={ask}
      />
      {domain !== '' && <FilesOf domain={domain} />}
    </section>
  )
}

function FilesOf({ domain }: { domain: string }) {
  const text = useWords(keptWords)
  const { count, time } = useFormats()
  const { view, range } = useView()
  const columns = useColumns()
  const { start_time: startMs, end_time: endMs } = rangeTimes(range, view.zone)
  const fromMs = Math.max(startMs, endMs - daysMax * 86_400_000)
  const times = { start_time: String(fromMs), end_time: String(endMs) }
  const files = useAnswer('/v1.0/cdn/logs', { domain_name: domain, ...times, page_size: String(filesMax) })
  return (
    <Answer of={files}>
      {({ total, logs }) => (
        <>
          <p>{text.filesSentence(count(logs.length), count(total), time(fromMs, view.zone), time(endMs, view.zone))}</p>
          {logs.length === 0 ? (
            <p className="quiet">{text.noFiles}</p>
          ) : (
            <DataTable caption={text.filesTitle} columns={columns} rows={logs} keyOf={(file) => file.name} />
          )}
        </>
      )}
    </Answer>
  )
}

function useColumns(): Column<KeptFile>[] {
  const text = useWords(keptWords)
  const { bytes, time } = useFormats()
  const { view } = useView()
  return [
    {
      ...{ name: 'name', title: text.name, value: ({ name }) => name },
      show: ({ name, link }) => (
        <a href={link} download aria-label={text.download(name)}>
          {name}
        </a>
      ),
    },
    { name: 'from', title: text.from, value: (file) => time(file.start_time, view.zone) },
    { name: 'until', title: text.until, value: (file) => time(file.end_time, view.zone) },
    { name: 'size', title: text.size, isFigure: true, value: ({ size }) => size, show: ({ size }) => bytes(size) },
  ]
}
