import type { Column } from '../../figure/column.ts'
import { Figure } from '../../figure/figure.tsx'
import { useFormats } from '../../language/formats.ts'
import { useWords } from '../../language/language.ts'
import type { ServerState } from './system-answer.ts'
import { systemWords } from './words.ts'

type Part = { name: keyof ServerState['parts']; kind: string | null; state: string }

/** The parts of the server: which kind each is of, and whether it answers. */
export function PartsTable({ server: { parts } }: { server: ServerState }) {
  const text = useWords(systemWords)
  const { count } = useFormats()
  const { database, warehouse, artifacts, loading } = parts
  const rows: Part[] = [
    { name: 'database', kind: text[database.kind], state: database.state },
    { name: 'warehouse', kind: text[warehouse.kind], state: warehouse.state },
    { name: 'artifacts', kind: text[artifacts.kind], state: artifacts.state },
    { name: 'loading', kind: null, state: loading.state },
  ]
  const bad = rows.filter(({ state }) => state !== 'ok').map(({ name }) => text[name])
  const columns: Column<Part>[] = [
    { name: 'part', title: text.part, value: ({ name }) => text[name] },
    { name: 'kind', title: text.kind, value: ({ kind }) => kind },
    {
      name: 'state',
      title: text.state,
      value: ({ state }) => (state === 'ok' ? text.ok : state),
      show: ({ state }) => (
        <span className={state === 'ok' ? 'mark-good' : 'mark-bad'}>{state === 'ok' ? text.ok : state}</span>
      ),
    },
  ]
  const engine = [
    ...(warehouse.is_confined === null ? [] : [warehouse.is_confined ? text.confined : text.notConfined]),
    ...(Number(warehouse.restarts ?? 0) === 0 ? [] : [text.restarts(count(warehouse.restarts))]),
  ]
  return (
    <Figure
      title={text.parts}
      sentence={bad.length === 0 ? text.partsGood : text.partsBad(bad.join(', '))}
      columns={columns}
      rows={rows}
      keyOf={({ name }) => name}
      fileName="parts"
      request={{ path: '/api/v1/system', query: {} }}
      strip={engine.length > 0 && <p className="quiet">{engine.join(' ')}</p>}
    />
  )
}
