import { type Client, ClientError } from './client.ts'
import { table } from './table.ts'
import { timesOf } from './table-times.ts'
import { print, say } from './terminal.ts'

type EventJson = {
  event_id: number
  time: number
  action: string
  object: string
  outcome: string
  actor: string | null
  account_name: string | null
  address: string | null
  before: unknown
  after: unknown
}

type Page = { events: EventJson[]; next_cursor: number | null }

type AuditFlags = {
  from?: string
  to?: string
  actor?: string
  action?: string
  limit: string
  json?: boolean
  timeZone?: string
}

const pageMax = 1_000

/** Lists events, page by page, up to `--limit`. */
export async function listAudit(client: Client, flags: AuditFlags): Promise<void> {
  const limit = Number(flags.limit)
  if (!/^\d+$/.test(flags.limit) || !Number.isSafeInteger(limit) || limit < 1)
    throw new ClientError('--limit: it is not a whole number from 1')
  const asked = {
    from: timeOf('--from', flags.from),
    to: timeOf('--to', flags.to),
    actor: flags.actor,
    action: flags.action,
  }
  const events: EventJson[] = []
  let cursor: number | null | undefined
  while (events.length < limit && cursor !== null) {
    const query = { ...asked, limit: Math.min(pageMax, limit - events.length), cursor }
    const page: Page = await client.get<Page>('/api/v1/audit', query)
    events.push(...page.events)
    cursor = page.next_cursor
  }
  if (flags.json) return print(events.map((event) => JSON.stringify(event)).join('\n'))
  const times = await timesOf(client, flags)
  const rows = events.map((event) => [
    event.event_id,
    times.text(event.time),
    event.action,
    plain(event.object),
    event.outcome,
    event.actor,
    event.account_name,
    event.address,
  ])
  print(table(['event', `time (${times.zone})`, 'action', 'object', 'outcome', 'actor', 'account', 'address'], rows))
}

/** Text from outside, without characters that a terminal would act on. */
const plain = (text: string) => text.replaceAll(/[\p{Cc}\p{Cf}]/gu, '?').slice(0, 60)

function timeOf(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const timeMs = /^\d{10,}$/.test(text) ? Number(text) : Date.parse(text)
  if (!Number.isSafeInteger(timeMs)) throw new ClientError(`${flag}: it is not a time like 2026-10-01T00:00:00Z`)
  return timeMs
}

type ChainJson = { intact: boolean; events: number; broken_event_id: number | null; head: string | null }

/** @returns false when an event was altered or is missing */
export async function verifyAudit(client: Client): Promise<boolean> {
  const chain = await client.get<ChainJson>('/api/v1/audit/chain')
  if (chain.intact) say`${chain.events} events, all as they were written; the newest digest is ${chain.head}`
  else print(`event ${chain.broken_event_id} was altered, or is missing: of the events before it ${chain.events} hold`)
  return chain.intact
}
