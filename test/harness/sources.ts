import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Json } from './requests.ts'

/** What answers for a server: one of a test's own process, or one by its client. */
export type Asked = (path: string) => Promise<Json>

/** Writes a sources document; answers its path. */
export async function writeSources(directory: string, sources: object[]): Promise<string> {
  const path = join(directory, 'sources.json')
  await writeFile(path, JSON.stringify({ sources }))
  return path
}

/** A directory that is looked at all the time: tests need not wait. */
export const quickDirectory = (directory: string, more: object = {}) => ({
  kind: 'directory',
  name: 'logs',
  directory,
  look_seconds: 0.1,
  settle_seconds: 0.3,
  growth_seconds: 0.3,
  ...more,
})

/** The source's state once it is as wanted. @throws Error with the last state after two minutes: a busy machine loads dozens of files */
export async function sourceUntil(ask: Asked, isWanted: (source: Json) => boolean, name = 'logs'): Promise<Json> {
  const patienceMs = 120_000
  const startMs = Date.now()
  for (;;) {
    const { sources } = (await ask('/api/v1/log-sources')) as { sources: Json[] }
    const source = sources.find((one) => one['name'] === name)
    if (source && isWanted(source)) return source
    if (Date.now() - startMs > patienceMs) throw new Error(`the source is not as wanted: ${JSON.stringify(source)}`)
    await delay(50)
  }
}

/** Nothing of it is on its way, and so many files were dealt with, ever. */
export const hasEnded = (count: number) => (source: Json) =>
  source['waiting'] === 0 &&
  source['queued'] === 0 &&
  Number(source['loaded']) + Number(source['duplicates']) + Number(source['failures']) >= count
