import { useCallback, useMemo } from 'react'
import { useLocation, useSearch } from 'wouter'
import { useOwnAccount } from '../session/own-account.ts'
import { type ApiRange, rangeOf, type View, viewOf, withView } from './view.ts'

/** A view with the account's defaults filled in. */
type Resolved = View & { zone: string; area: string }
type Subject = { account?: string; domain_name?: string; time_zone: string; service_area: string }

export type ViewState = {
  view: Resolved
  /** Changes the view, and with it the address. */
  change(change: Partial<View>): void
  /** Parameters of every request: account, domains, zone and area. */
  subject: Subject
  /** The chosen range for the API. */
  range: ApiRange
  /** The address of a page with this view, and further parameters. */
  hrefOf(path: string, more?: Record<string, string>): string
}

/** A minute's steps: ranges that end now must not change with each drawing. */
const stepMs = 60_000

/** The view of the address. */
export function useView(): ViewState {
  const search = useSearch()
  const [path, go] = useLocation()
  const { defaults } = useOwnAccount()
  const nowMs = Math.floor(Date.now() / stepMs) * stepMs
  const view = useMemo(() => {
    const chosen = viewOf(new URLSearchParams(search))
    return { ...chosen, zone: chosen.zone ?? defaults.time_zone, area: chosen.area ?? defaults.service_area }
  }, [search, defaults])
  const change = useCallback(
    (part: Partial<View>) => go(`${path}?${withView(new URLSearchParams(search), part)}`),
    [go, path, search],
  )
  const hrefOf = useCallback((to: string, more: Record<string, string> = {}) => hrefWith(search, to, more), [search])
  const subject = useMemo(() => subjectOf(view), [view])
  const range = useMemo(() => rangeOf(view, view.zone, nowMs), [view, nowMs])
  return { view, change, subject, range, hrefOf }
}

const subjectOf = ({ account, domains, zone, area }: Resolved): Subject => ({
  ...(account === null ? {} : { account }),
  ...(domains.length === 0 ? {} : { domain_name: domains.join(',') }),
  time_zone: zone,
  service_area: area,
})

/** Names that belong to the view; what a page adds of its own stays on that page. */
const ofView = new Set(['account', 'domains', 'range', 'from', 'to', 'compare', 'zone', 'area'])

function hrefWith(search: string, path: string, more: Record<string, string>): string {
  const query = new URLSearchParams([...new URLSearchParams(search)].filter(([name]) => ofView.has(name)))
  for (const [name, value] of Object.entries(more)) query.set(name, value)
  const text = query.toString()
  return text === '' ? path : `${path}?${text}`
}
