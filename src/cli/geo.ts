import type { Client } from './client.ts'
import { table } from './table.ts'

/** The commands about where clients are. */

type Located = { address: string; country: string; province: string; carrier: string; geo_version: number }

export async function showAddresses(client: Client, addresses: string[]): Promise<void> {
  const rows: Located[] = []
  for (const address of addresses)
    rows.push(await client.get<Located>(`/api/v1/geo/addresses/${encodeURIComponent(address)}`))
  const cells = rows.map((row) => [row.address, row.country, row.province, row.carrier, row.geo_version])
  console.log(table(['address', 'country', 'province', 'carrier', 'version'], cells))
}
