import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { type Client, ClientError } from './client.ts'
import { grouped } from './progress-bar.ts'
import { table, timeText } from './table.ts'
import { print, say } from './terminal.ts'

/** Commands for geographic data and clients' places. */

type Located = { address: string; country: string; province: string; carrier: string; geo_version: number }
export type Status = {
  is_on: boolean
  geo_version: number | null
  name: string | null
  networks: number | null
  load_time: number | null
  sources: { name: string; covers: string; date: string; licence: string; attribution: string }[]
  country_dates: { ipv4: string | null; ipv6: string | null }
  disagreements: Disagreement[]
  built_in: string
}
type Disagreement = {
  newer: string
  older: string
  family: string
  newer_says: string
  ranges: number
  addresses: string
}

export async function showAddresses(client: Client, addresses: string[]): Promise<void> {
  const rows: Located[] = []
  for (const address of addresses)
    rows.push(await client.get<Located>(`/api/v1/geo/addresses/${encodeURIComponent(address)}`))
  const cells = rows.map((row) => [row.address, row.country, row.province || '-', row.carrier, row.geo_version])
  print(table(['address', 'country', 'province', 'carrier', 'version'], cells))
}

export async function showGeo(client: Client): Promise<void> {
  printStatus(await client.get<Status>('/api/v1/geo'))
}

/** @throws ClientError when there is no such file, or it cannot be used */
export async function importGeo(
  client: Client,
  file: string | undefined,
  flags: { builtIn?: boolean; licence?: string; attribution?: string },
): Promise<void> {
  if ((file === undefined) === (flags.builtIn !== true)) throw new ClientError('Give a file, or --built-in')
  if (file === undefined) return printStatus(await client.send<Status>('DELETE', '/api/v1/geo/imports'))
  const found = await stat(file).catch(() => null)
  if (!found?.isFile()) throw new ClientError(`${file}: there is no such file`)
  const { licence, attribution } = flags
  const query = { name: basename(file), licence, attribution }
  printStatus(await client.upload<Status>('/api/v1/geo/imports', query, createReadStream(file)))
  print('Logs loaded from now on are located with it; fluxport batches relocate looks up again what is loaded')
}

export function printStatus(status: Status): void {
  if (!status.is_on) print('Nothing is looked up: the server runs with --geo off')
  if (status.geo_version === null) {
    print(status.is_on ? 'No data are loaded yet: a server loads its own after its start' : 'No data are loaded')
    return
  }
  const networks = grouped(status.networks ?? 0)
  say`version ${status.geo_version}: ${status.name}, ${networks} networks, loaded ${timeText(status.load_time)} UTC`
  const rows = status.sources.map((one) => [
    one.name,
    one.covers,
    one.date || '-',
    one.licence || '-',
    one.attribution || '-',
  ])
  print(table(['source', 'covers', 'date', 'licence', 'attribution'], rows))
  const old = oldCountriesText(status.country_dates, Date.now())
  if (old !== null) print(old)
  for (const one of status.disagreements) say`${disagreementText(one)}`
  const isOther = status.name?.startsWith('built-in') && status.name !== status.built_in
  if (isOther) say`This program comes with ${status.built_in}; the server loads it at its next start`
}

/** Country data are published each month; a quarter later, networks have moved between countries. */
const countryDaysMax = 100

/**
 * Says how old the data are by which requests count to a service area.
 * @param dates `YYYY-MM-DD`; null where none is known
 * @returns null while the older of them is at most 100 days old, or where no date is known
 */
export function oldCountriesText({ ipv4, ipv6 }: Status['country_dates'], nowMs: number): string | null {
  const [oldest] = [ipv4, ipv6].filter((date) => date !== null).sort()
  if (oldest === undefined) return null
  const days = Math.floor((nowMs - Date.parse(oldest)) / 86_400_000)
  if (!(days > countryDaysMax)) return null
  return `Countries are of ${oldest}, ${days} days ago. They decide the service area, and so bills: bring newer ones with fluxport geo update`
}

/** A number of IPv6 addresses says nothing to people, so their ranges are told alone. */
function disagreementText({ newer, older, family, newer_says: newerSays, ranges, addresses }: Disagreement): string {
  const inRanges = `${grouped(ranges)} range${ranges === 1 ? '' : 's'}`
  const what = family === 'ipv4' ? `${grouped(Number(addresses))} IPv4 addresses in ${inRanges}` : `${inRanges} of IPv6`
  return `mainland China disputed: ${what} are ${newerSays} by ${newer}, which counts, and not by ${older}`
}
