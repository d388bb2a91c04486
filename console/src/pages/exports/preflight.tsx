import { useQuery } from '@tanstack/react-query'
import { type AnswerOf, call } from '../../api/client.ts'
import { Failure } from '../../controls/answer.tsx'
import { StateStrip } from '../../figure/state-strip.tsx'
import { useFormats } from '../../language/formats.ts'
import { useWords } from '../../language/language.ts'
import { useSettled } from '../../view/use-settled.ts'
import type { Action } from './actions.ts'
import { LeftOut } from './left-out.tsx'
import type { ExportBody } from './use-request.ts'
import { exportWords } from './words.ts'

type Preflight = AnswerOf<'POST /api/v1/export-tasks/preflight'>
type Looked = { answer: Preflight | undefined; error: Error | null; isLooking: boolean }

const pauseMs = 400

/** Asks what a create with this body would make, once the body has stayed the same for a while. */
export function usePreflight(body: ExportBody): Looked {
  const text = useSettled(JSON.stringify(body), pauseMs)
  const { data, error, isFetching } = useQuery({
    queryKey: ['preflight', text],
    queryFn: () => call('POST /api/v1/export-tasks/preflight', { body: JSON.parse(text) as ExportBody }),
  })
  return { answer: data, error, isLooking: isFetching || text !== JSON.stringify(body) }
}

/** The file that a create would make, or the reason why it cannot be made. */
export function PreflightView({ answer, error, isLooking, action }: Looked & { action: Action }) {
  const text = useWords(exportWords)
  return (
    <section className="preflight" aria-labelledby="preflight" aria-live="polite" aria-busy={isLooking}>
      <h3 id="preflight">{text.preflight}</h3>
      {error ? (
        <Failure error={error} />
      ) : answer === undefined ? (
        <p className="awaited">{text.checking}</p>
      ) : (
        <div className={isLooking ? 'page stale' : 'page'}>
          {!answer.allowed && (
            <div className="failure" role="alert">
              <strong>{text.notAllowed}</strong>
              <p lang="en">{answer.problem}</p>
            </div>
          )}
          <Sizes answer={answer} action={action} />
          <Completeness answer={answer} />
          <LeftOut answer={answer} />
        </div>
      )}
    </section>
  )
}

type Tile = { name: string; value: string; more?: string }

function Sizes({ answer, action }: { answer: Preflight; action: Action }) {
  const text = useWords(exportWords)
  const { bytes, count, share } = useFormats()
  const { traffic } = answer
  const all = Number(traffic?.range.flux ?? 0)
  const tiles: Tile[] = [
    { name: text.rows, value: count(answer.rows) },
    { name: text.bytes, value: bytes(answer.bytes) },
    { name: text.seconds, value: text.secondsOf(count(answer.seconds)) },
  ]
  if (answer.sheets !== null && action !== 'bill') tiles.push({ name: text.sheets, value: count(answer.sheets) })
  if (traffic) {
    const part = all === 0 ? {} : { more: text.ofAll(share(Number(traffic.file.flux) / all)) }
    tiles.push({ name: text.traffic, value: bytes(traffic.file.flux), ...part })
  }
  return (
    <dl className="tiles preflight-tiles">
      {tiles.map(({ name, value, more }) => (
        <div key={name} className="tile">
          <dt>{name}</dt>
          <dd>{value}</dd>
          {more !== undefined && <dd>{more}</dd>}
        </div>
      ))}
    </dl>
  )
}

function Completeness({ answer }: { answer: Preflight }) {
  const text = useWords(exportWords)
  const { time, count } = useFormats()
  const { effective, coverage, faulty_deliveries: faulty } = answer
  const zone = effective.time_zone
  const isFaulty = faulty.refused_files > 0 || faulty.silences > 0
  return (
    <div>
      <p>
        {time(effective.start_time, zone)} – {time(effective.end_time, zone)} ({zone})
      </p>
      {effective.cut_at !== null && <p>{text.cutAt(time(effective.cut_at, zone))}</p>}
      <StateStrip buckets={coverage.buckets} ranges={coverage.ranges} zone={zone} />
      {answer.not_final !== null && <p>{text.notFinal(answer.not_final)}</p>}
      {coverage.domains_without_data > 0 && <p>{text.noData(count(coverage.domains_without_data))}</p>}
      {isFaulty && <p className="problem">{text.faulty(count(faulty.refused_files), count(faulty.silences))}</p>}
    </div>
  )
}
