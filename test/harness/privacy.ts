import type { Dirent } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import { parseCsv } from './csv.ts'
import { huaweiLine } from './log-lines.ts'
import type { TestServer } from './server.ts'

/** A day of requests, on two domains, whose queries and referrers say who asked. */
export const range = {
  start_time: Date.parse('2026-09-01T00:00:00+08:00'),
  end_time: Date.parse('2026-09-02T00:00:00+08:00'),
  service_area: 'global',
  language: 'en',
}

/** Addresses of three kinds, several to a network, one of which is all zeros; and what is none. */
export const clientsOf = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, i) => from + i).flatMap((n) => [
    `203.0.${n % 7}.${(n % 250) + 1}`,
    `2001:db8:${(n % 5).toString(16)}:${n.toString(16)}::${n.toString(16)}`,
    ...(n % 10 === 0 ? [`::ffff:203.0.${n % 7}.${(n % 250) + 1}`, '-', '::1'] : []),
  ])

/** Distinct clients, as anybody would count them. */
export const distinctClients = (clients: readonly string[]): number =>
  new Set(clients.filter((client) => client !== '-').map((client) => client.replace(/^::ffff:(\d+\.)/, '$1'))).size

/** A log with a request of each client. */
export const logOf = (clients: readonly string[], name: string): string =>
  clients
    .map((client, n) =>
      huaweiLine({
        time: `01/Sep/2026:${String(n % 24).padStart(2, '0')}:${String(n % 60).padStart(2, '0')}:01 +0800`,
        domain: `d${n % 2}.example.test`,
        path: `/${n % 5}?id=${n % 9}&token=geheim-${name}-${n}`,
        bytes: 1_000 + n,
        referrer: `https://r.test/?id=${n % 3}&mail=geheim-${n}`,
      }).replace('198.51.100.7', client),
    )
    .join('')

/** Clients of the whole range: the same in every row of the file. */
export async function rangeClients(server: TestServer): Promise<number> {
  const rows = parseCsv(await server.exportText({ ...range, action: 'uv', interval: 3600 }))
  const counts = new Set(rows.map((row) => row.at(-1)).slice(1))
  expect(counts.size).toBe(1)
  return Number([...counts][0])
}

/** Files below a directory that have any of these in them. */
export async function filesWith(directory: string, texts: readonly (string | Buffer)[]): Promise<string[]> {
  const entries: Dirent[] = await readdir(directory, { recursive: true, withFileTypes: true })
  const found: string[] = []
  for (const entry of entries.filter((one) => one.isFile())) {
    const path = join(entry.parentPath, entry.name)
    const bytes = await readFile(path).catch(() => Buffer.alloc(0)) // merged away meanwhile
    if (texts.some((text) => bytes.includes(text))) found.push(path)
  }
  return found
}
