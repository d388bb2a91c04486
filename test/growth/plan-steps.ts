import type BetterSqlite3 from 'better-sqlite3'
import type pg from 'pg'
import type { Statement } from './recorded-statements.ts'

/** One table that a statement reads: by which columns an index narrows it; none: all of its rows are read. */
export type Step = { table: string; narrowedBy: string[]; index: string | null }

export function sqliteSteps(sqlite: BetterSqlite3.Database, { text, values }: Statement): Step[] {
  const rows = sqlite.prepare(`EXPLAIN QUERY PLAN ${text}`).all(...values) as { detail: string }[]
  return rows.flatMap(({ detail }) => {
    const [, table, index, columns] = /^(?:SCAN|SEARCH) (\w+)(?:.* INDEX (\w+))?(?: \((.*)\))?/.exec(detail) ?? []
    if (table === undefined) return []
    const narrowedBy = [...(columns ?? '').matchAll(/(<expr>|\w+)[=<>]/g)].map(([, column]) => column ?? '')
    return [{ table, narrowedBy, index: index ?? null }]
  })
}

type Node = {
  'Node Type': string
  'Relation Name'?: string
  'Index Name'?: string
  'Index Cond'?: string
  Plans?: Node[]
}

export async function postgresSteps(client: pg.Client, { text, values }: Statement): Promise<Step[]> {
  const { rows } = await client.query(`EXPLAIN (FORMAT JSON) ${text}`, [...values])
  const [{ Plan: root }] = (rows[0] as { 'QUERY PLAN': [{ Plan: Node }] })['QUERY PLAN']
  return stepsOf(root)
}

/** The node that changes rows names their table, too, but finds none. A bitmap's index stands below its table's node. */
function stepsOf(node: Node): Step[] {
  const below = (node.Plans ?? []).flatMap(stepsOf)
  const table = node['Relation Name']
  if (table === undefined || node['Node Type'] === 'ModifyTable') return below
  const indexes = [node, ...(node.Plans ?? []).flatMap(withBelow)].filter((one) => one['Index Name'] !== undefined)
  const conditions = indexes.map((one) => (one['Index Cond'] ?? '').replace(/'[^']*'|::\w+/g, '')).join(' ')
  return [
    { table, narrowedBy: conditions.match(/[a-z]\w+/g) ?? [], index: indexes[0]?.['Index Name'] ?? null },
    ...below,
  ]
}

const withBelow = (node: Node): Node[] => [node, ...(node.Plans ?? []).flatMap(withBelow)]
