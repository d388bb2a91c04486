import { useAnswer, useChange } from '../../api/answers.ts'
import { Answer, Failure } from '../../controls/answer.tsx'
import { DataTable } from '../../figure/data-table.tsx'
import { useFormats } from '../../language/formats.ts'
import { useWords } from '../../language/language.ts'
import { useView } from '../../view/use-view.ts'
import { type Source, useFailedColumns, useWaitingColumns } from './source-columns.tsx'
import { sourceWords } from './source-words.ts'

const lookMs = 5_000

/** The places that the server fetches logs from by itself. */
export function Sources() {
  const text = useWords(sourceWords)
  const sources = useAnswer('/api/v1/log-sources', {}, { everyMs: lookMs })
  return (
    <Answer of={sources}>
      {({ sources: found }) =>
        found.length === 0 ? (
          <p className="card">{text.none}</p>
        ) : (
          <div className="page">
            {found.map((source) => (
              <SourceCard key={source.name} source={source} />
            ))}
          </div>
        )
      }
    </Answer>
  )
}

function SourceCard({ source }: { source: Source }) {
  const text = useWords(sourceWords)
  const { count, time } = useFormats()
  const { view } = useView()
  const id = `source-${source.name}`
  const figures: [string, number][] = [
    [text.waiting, source.waiting],
    [text.queued, source.queued],
    [text.failed, source.failed],
    [text.loaded, source.loaded],
    [text.duplicates, source.duplicates],
    [text.failures, source.failures],
  ]
  return (
    <section className="card" aria-labelledby={id}>
      <h2 id={id}>{source.name}</h2>
      <p className="file-name">
        {text[source.kind]}: <code>{source.location}</code>
      </p>
      <p>{source.last_look === null ? text.neverLooked : text.lastLook(time(source.last_look, view.zone))}</p>
      {source.problem !== null && (
        <div className="failure" role="alert">
          <strong>{text.problem}</strong>
          <p>{source.problem}</p>
        </div>
      )}
      <dl className="tiles source-tiles">
        {figures.map(([name, figure]) => (
          <div key={name} className="tile">
            <dt>{name}</dt>
            <dd>{count(figure)}</dd>
          </div>
        ))}
      </dl>
      <Files source={source} />
    </section>
  )
}

function Files({ source }: { source: Source }) {
  const text = useWords(sourceWords)
  const { count } = useFormats()
  const retry = useChange('POST /api/v1/log-sources/retry')
  const retryOf = (file?: string) =>
    retry.mutate({ body: { source: source.name, ...(file === undefined ? {} : { file }) } })
  const waitingColumns = useWaitingColumns()
  const failedColumns = useFailedColumns(retryOf, retry.isPending)
  const { waiting_files: waiting, failed_files: failed } = source
  return (
    <>
      {failed.length > 0 && (
        <>
          <DataTable
            caption={`${text.failedFiles}: ${text.firstOf(count(failed.length), count(source.failed))}`}
            isCaptionShown
            columns={failedColumns}
            rows={failed}
            keyOf={({ file }) => file}
          />
          <p>
            <button type="button" disabled={retry.isPending} onClick={() => retryOf()}>
              {text.retryAll}
            </button>
          </p>
        </>
      )}
      <p role="status" className={retry.data ? '' : 'unseen'}>
        {retry.data && text.retried(count(retry.data.files))}
      </p>
      {retry.error && <Failure error={retry.error} />}
      {waiting.length > 0 && (
        <DataTable
          caption={`${text.waitingFiles}: ${text.firstOf(count(waiting.length), count(source.waiting))}`}
          isCaptionShown
          columns={waitingColumns}
          rows={waiting}
          keyOf={({ file }) => file}
        />
      )}
    </>
  )
}
