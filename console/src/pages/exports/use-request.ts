import { useMemo } from 'react'
import { useLocation, useSearch } from 'wouter'
import type { Operations } from '../../../generated/operations.ts'
import { useLanguage } from '../../language/language.ts'
import { useOwnAccount } from '../../session/own-account.ts'
import { useView } from '../../view/use-view.ts'
import { type Action, asAction, type FieldName, type Fields, fieldNames, takes } from './actions.ts'

export type ExportBody = Operations['POST /v1/cdn/statistics/export-tasks']['body']

export type FormState = {
  action: Action
  fields: Fields
  /** Changes fields or the action; an empty text is no field. The entry of the history stays the same one. */
  set(change: Partial<Record<FieldName | 'new', string>>): void
  /** The body of a create without its name and webhook, which stand in no address. */
  body: ExportBody
}

/** A page of figures may have other buckets and groups than a file. */
const taken: Partial<Record<FieldName, readonly string[]>> = {
  group_by: ['domain'],
  interval: ['300', '3600'],
  stat_type: ['flux', 'req_num'],
}

/** A field of the address; one that no file can have is none. */
function fieldOf(query: URLSearchParams, name: FieldName): string {
  const value = query.get(name) ?? ''
  return taken[name]?.includes(value) === false ? '' : value
}

const numbers: readonly FieldName[] = ['interval', 'limit', 'require_final_wait_seconds']

/** The form's request: its own fields of the address, and the view above it. */
export function useRequest(): FormState {
  const search = useSearch()
  const [path, go] = useLocation()
  const language = useLanguage()
  const { defaults } = useOwnAccount()
  const { subject, range } = useView()
  const { action, fields } = useMemo(() => {
    const query = new URLSearchParams(search)
    const given = Object.fromEntries(fieldNames.map((name) => [name, fieldOf(query, name)]))
    const asked = asAction(query.get('new') ?? '')
    const own = {
      ...given,
      // All tables of a bill are one workbook; another format makes an archive of them.
      format: given['format'] || (asked === 'bill' ? 'xlsx' : defaults.format),
      language: given['language'] || (defaults.language ?? language),
    }
    return { action: asked, fields: own as Fields }
  }, [search, defaults, language])
  const body = useMemo(() => {
    const named = fieldNames
      .filter((name) => fields[name] && takes(action, name, fields))
      .map((name) => [name, numbers.includes(name) ? Number(fields[name]) : fields[name]])
    return { action, ...subject, ...range, ...Object.fromEntries(named) } as ExportBody
  }, [action, fields, subject, range])
  const set = (change: Partial<Record<FieldName | 'new', string>>) => {
    const query = new URLSearchParams(search)
    for (const [name, value] of Object.entries(change)) {
      if (value) query.set(name, value)
      else query.delete(name)
    }
    go(`${path}?${query}`, { replace: true })
  }
  return { action, fields, set, body }
}
