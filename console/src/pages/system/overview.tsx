import { useAnswer } from '../../api/answers.ts'
import { Answer } from '../../controls/answer.tsx'
import { Tile, Tiles } from '../../figure/tiles.tsx'
import { useFormats } from '../../language/formats.ts'
import { useWords } from '../../language/language.ts'
import { useView } from '../../view/use-view.ts'
import { PartsTable } from './parts-table.tsx'
import type { ServerState, System } from './system-answer.ts'
import { systemWords } from './words.ts'

const everyMs = 10_000

/** Program, limits and, for operators, parts and room; renewed every 10 seconds. */
export function Overview() {
  const system = useAnswer('/api/v1/system', {}, { everyMs })
  return (
    <Answer of={system}>
      {({ version, limits, server }) => (
        <div className="page">
          {server && <PartsTable server={server} />}
          {server && <Room server={server} />}
          <div className="columns">
            <Program version={version} server={server} />
            <Limits limits={limits} />
          </div>
        </div>
      )}
    </Answer>
  )
}

function Room({ server: { disk, spool, batches } }: { server: ServerState }) {
  const text = useWords(systemWords)
  const { bytes, count } = useFormats()
  const total = text.ofTotal(bytes(disk.total_bytes))
  return (
    <section aria-label={text.room}>
      <Tiles>
        <Tile
          title={text.free}
          value={bytes(disk.free_bytes)}
          note={`${total}; ${text.reserve(bytes(disk.reserve_bytes))}`}
        />
        <Tile
          title={text.spool}
          value={bytes(spool.bytes)}
          note={text.spoolHint(count(spool.files), bytes(spool.bytes_max))}
        />
        <Tile title={text.waiting} value={count(batches.waiting)} note={text.loadingNow(count(batches.loading))} />
        <Tile title={text.quarantined} value={count(batches.quarantined)} note={text.quarantinedHint} />
      </Tiles>
    </section>
  )
}

function Program({ version, server }: { version: string; server: ServerState | undefined }) {
  const text = useWords(systemWords)
  const { time } = useFormats()
  const { view } = useView()
  return (
    <section className="card" aria-label={text.program}>
      <h2>{text.program}</h2>
      <dl className="facts">
        <dt>{text.version}</dt>
        <dd>{version}</dd>
        {server && (
          <>
            <dt>{text.commit}</dt>
            <dd>
              <code>{server.commit}</code>
            </dd>
            <dt>{text.node}</dt>
            <dd>{server.node_version}</dd>
            <dt>{text.started}</dt>
            <dd>{time(Number(server.start_time), view.zone)}</dd>
          </>
        )}
      </dl>
    </section>
  )
}

function Limits({ limits }: { limits: System['limits'] }) {
  const text = useWords(systemWords)
  const { bytes, bits, count } = useFormats()
  return (
    <section className="card" aria-label={text.limits}>
      <h2>{text.limits}</h2>
      <dl className="facts">
        <dt>{text.tasks_waiting_max}</dt>
        <dd>{count(limits.tasks_waiting_max)}</dd>
        <dt>{text.tasks_running_max}</dt>
        <dd>{count(limits.tasks_running_max)}</dd>
        <dt>{text.stored_bytes_max}</dt>
        <dd>{bytes(limits.stored_bytes_max)}</dd>
        <dt>{text.rows_max}</dt>
        <dd>{count(limits.rows_max)}</dd>
        <dt>{text.commit_traffic_bytes}</dt>
        <dd>{bytes(limits.commit_traffic_bytes)}</dd>
        <dt>{text.commit_bandwidth_bps}</dt>
        <dd>{bits(limits.commit_bandwidth_bps)}</dd>
      </dl>
    </section>
  )
}
