import { knownZone, localTime, zoneOffsetMs } from '../statistics/time-range.ts'
import { type Client, ClientError } from './client.ts'
import { ownAccount } from './own-account.ts'

/** Times of a table, all in one zone, which its headings name. */
export type TableTimes = { zone: string; text(timeMs: number | null): string }

/**
 * Chooses a table's zone: that of `--time-zone`, else the account's, else the server's.
 * @throws ClientError for a flag that is no zone
 */
export async function timesOf(client: Client, { timeZone }: { timeZone?: string }): Promise<TableTimes> {
  if (timeZone === undefined) return timesIn((await ownAccount(client)).defaults.time_zone)
  const zone = knownZone(timeZone)
  if (zone === null) throw new ClientError(`--time-zone: ${timeZone} is not a zone such as Europe/Berlin or UTC`)
  return timesIn(zone)
}

/** Writes times to the second. Near a change of clocks each has its offset, as some readings come twice. */
export const timesIn = (zone: string): TableTimes => ({
  zone,
  text: (timeMs) => {
    if (timeMs === null) return '-'
    const offsetMs = zoneOffsetMs(timeMs, zone)
    const changes = [-nearMs, nearMs].some((apart) => zoneOffsetMs(timeMs + apart, zone) !== offsetMs)
    return `${localTime(timeMs, zone)}${changes ? offsetText(offsetMs) : ''}`
  },
})

/** No clock has gone back further. */
const nearMs = 3 * 3_600_000

function offsetText(offsetMs: number): string {
  const minutes = Math.abs(Math.trunc(offsetMs / 60_000))
  const two = (value: number) => String(value).padStart(2, '0')
  return `${offsetMs < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`
}
