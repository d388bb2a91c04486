import { useMemo } from 'react'
import { useSearch } from 'wouter'
import type { QueryOf } from '../../api/client.ts'
import { useView } from '../../view/use-view.ts'
import { timeOf } from '../../view/zone-time.ts'

/** The page's own names in the address: from and to are the view's. */
const names = ['since', 'until', 'actor', 'action', 'before', 'event'] as const
type Chosen = Partial<Record<(typeof names)[number], string>>
const limit = 100

/** Filter, page and open event of the audit log, from the address. */
export function useAuditQuery() {
  const search = useSearch()
  const { view, hrefOf } = useView()
  const chosen = useMemo(() => {
    const query = new URLSearchParams(search)
    const given = names.map((name) => [name, query.get(name) ?? ''] as const).filter(([, value]) => value !== '')
    return Object.fromEntries(given) as Chosen
  }, [search])
  const asked: QueryOf<'GET /api/v1/audit'> = {
    limit,
    from: msOf(chosen.since, view.zone),
    to: msOf(chosen.until, view.zone),
    actor: chosen.actor,
    action: chosen.action,
    cursor: Number(chosen.before) || undefined,
  }
  /** The address with a change of the filter. A member that is undefined leaves it. */
  const hrefOfAudit = (change: { [name in keyof Chosen]?: string | undefined }) => {
    const kept = Object.entries({ ...chosen, ...change }).filter(
      (entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== '',
    )
    return hrefOf('/accounts', { part: 'audit', ...Object.fromEntries(kept) })
  }
  return { chosen, asked, hrefOfAudit }
}

function msOf(local: string | undefined, zone: string): number | undefined {
  const timeMs = local === undefined ? Number.NaN : timeOf(local, zone)
  return Number.isNaN(timeMs) ? undefined : timeMs
}
