import { createHash } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { gunzipSync } from 'node:zlib'
import { readZip } from './read-zip.ts'
import type { Json } from './requests.ts'
import type { Key, TestServer } from './server.ts'

/** A file of a task: as it was sent, and what is in it when it is compressed. */
export type ExportedFile = { name: string; sent: Buffer; bytes: Buffer; rows: number }
/** A task that has succeeded, as the API shows it, and its files without the manifest. */
export type Exported = { task: Json; files: ExportedFile[] }

type ShownFile = { name: string; rows: number | null; sha256: string; download_link: string }

/** Creates a task for each, so that they are worked on while others are read; answers their ids. */
export async function createAll(server: TestServer, requests: Json[], key?: Key): Promise<string[]> {
  const ids: string[] = []
  for (const request of requests) {
    const created = await server.call('POST', '/v1/cdn/statistics/export-tasks', request, key)
    if (created.status !== 200) throw new Error(`${JSON.stringify(request)}: ${created.text}`)
    ids.push(String(created.json['task_id']))
  }
  return ids
}

/** How many requests a domain has in the bucket of 2026-09-01 08:00, UTC+8, in which log-lines.ts has its lines. */
export async function requestsOf(server: TestServer, domain: string): Promise<number> {
  const startMs = Date.parse('2026-09-01T08:00:00+08:00')
  const range = { start_time: startMs, end_time: startMs + 300_000 }
  const text = await server.exportText({ domain_name: domain, service_area: 'global', ...range, language: 'en' })
  return Number(text.split('\r\n')[1]?.split(',')[3])
}

/** Waits for a task and reads its files. @throws Error when it fails, or a file is not what its SHA-256 says */
export async function exportedBy(server: TestServer, id: string, key?: Key): Promise<Exported> {
  const task = await untilEnded(server, id, key)
  return { task, files: await filesOf(task) }
}

async function untilEnded(server: TestServer, id: string, key?: Key): Promise<Json> {
  for (;;) {
    const { json } = await server.call('GET', `/api/v1/export-tasks/${id}`, undefined, key)
    if (json['state'] === 'success') return json
    if (json['state'] === 'fail') throw new Error(JSON.stringify(json['error']))
    await delay(60)
  }
}

async function filesOf(task: Json): Promise<ExportedFile[]> {
  const shown = (task['files'] as ShownFile[]).filter((file) => file.rows !== null)
  return await Promise.all(
    shown.map(async ({ name, rows, sha256, download_link }) => {
      const sent = Buffer.from(await (await fetch(download_link)).arrayBuffer())
      const found = createHash('sha256').update(sent).digest('hex')
      if (found !== sha256) throw new Error(`${name} has SHA-256 ${found} instead of ${sha256}`)
      return { name, sent, bytes: await contentOf(name, sent), rows: rows ?? 0 }
    }),
  )
}

async function contentOf(name: string, sent: Buffer): Promise<Buffer> {
  if (name.endsWith('.gz')) return gunzipSync(sent)
  if (!name.endsWith('.zip')) return sent
  const entries = await readZip(sent)
  const [[inner, bytes] = ['', sent]] = entries
  if (entries.size !== 1 || `${inner}.zip` !== name) throw new Error(`${name} has ${[...entries.keys()]}`)
  return bytes
}
