import type { Operations } from '../../../generated/operations.ts'
import type { AnswerOf } from '../../api/client.ts'
import { localText, timeOf } from '../../view/zone-time.ts'

export type Cadence = AnswerOf<'GET /api/v1/coverage/cadences'>['cadences'][number]
export type Kind = 'stream' | 'hour' | 'day'

/** The fields of the form, as a person writes them. */
export type CadenceFields = {
  source: string
  account: string
  kind: Kind
  files: string
  dayZone: string
  delay: string
  skips: boolean
  domains: string
  from: string
  until: string
}

type Body = Operations['PUT /api/v1/coverage/cadences/{source}']['body']

const empty = { source: '', account: '', kind: 'stream', files: '1', delay: '', skips: false } as const

/** The fields as a cadence has them; without one those of a source that delivers in the order of time. */
export function fieldsOf(cadence: Cadence | null, zone: string): CadenceFields {
  if (cadence === null) return { ...empty, dayZone: zone, domains: '', from: '', until: '' }
  const { files_per_hour: hourly, files_per_day: daily } = cadence
  const at = (timeMs: number | null) => (timeMs === null ? '' : localText(timeMs, zone))
  return {
    source: cadence.source,
    account: cadence.account_id ?? '*',
    kind: hourly !== null ? 'hour' : daily !== null ? 'day' : 'stream',
    files: String(hourly ?? daily ?? 1),
    dayZone: cadence.day_zone ?? zone,
    delay: cadence.delay_seconds === null ? '' : String(cadence.delay_seconds),
    skips: cadence.skips_empty_hours,
    domains: cadence.domains?.join(', ') ?? '',
    from: at(cadence.expected_from),
    until: at(cadence.expected_until),
  }
}

/** The body that states them, without the empty ones. */
export function cadenceBody(fields: CadenceFields, zone: string): Body {
  const domains = fields.domains.split(',').flatMap((name) => (name.trim() === '' ? [] : [name.trim()]))
  return {
    ...(fields.kind === 'hour' ? { files_per_hour: Number(fields.files), skips_empty_hours: fields.skips } : {}),
    ...(fields.kind === 'day' ? { files_per_day: Number(fields.files), day_zone: fields.dayZone.trim() } : {}),
    ...(fields.delay === '' ? {} : { delay_seconds: Number(fields.delay) }),
    ...(domains.length === 0 ? {} : { domains }),
    ...(fields.from === '' ? {} : { expected_from: timeOf(fields.from, zone) }),
    ...(fields.until === '' ? {} : { expected_until: timeOf(fields.until, zone) }),
  }
}
