import { basename } from 'node:path'
import { expect } from 'vitest'
import { temporaryDirectory } from './directory.ts'
import { type OpenServer, type Place, startOpenServer } from './open-server.ts'
import { askOracle, generate, type Log, type Question } from './oracle.ts'

/** The time zone of counted servers, which has the contract's days. */
export const countedZone = 'Etc/GMT-8'
/** The domains of invented logs, by their share of the requests. */
export const countedDomains = ['www.example.test', 'img.example.test', 'video.example.test']

/** An invented log: `name` is its file, `how` the generator's options beside its time. */
export type InventedLog = Omit<Log, 'path'> & { name: string; how: Record<string, string | number> }

/** A server with invented logs, and what the oracle has counted in them. */
export type CountedServer = { open: OpenServer; counted: string[]; stop(): Promise<void> }

/**
 * Starts a server with invented logs of `hours` hours from `firstMs` on, each loaded under its own name, located in
 * `places` and rolled up.
 * @returns the oracle's answers in the order of the questions
 */
export async function startCountedServer(
  { firstMs, hours, logs, places }: { firstMs: number; hours: number; logs: readonly InventedLog[]; places: Place[] },
  questions: Question[],
): Promise<CountedServer> {
  const directory = await temporaryDirectory()
  const open = await startOpenServer({ timeZone: countedZone })
  const written: Log[] = []
  for (const { name, how, ...log } of logs) {
    const file = { ...log, path: `${directory.path}/${name}` }
    await generate(file, { start: new Date(firstMs).toISOString(), 'duration-seconds': hours * 3600, ...how })
    written.push(file)
  }
  const located = places.map((place) => place.join('/')).join(',')
  const counted = await askOracle(
    written,
    questions.map((question) => ({ places: located, ...question })),
  )
  for (const log of written) await load(open, log)
  await open.rolledUp()
  await open.locate(places)
  await open.rollUpAgain()
  const stop = async () => {
    await open.stop()
    await directory.remove()
  }
  return { open, counted, stop }
}

async function load({ server }: OpenServer, { path, format, isOutside }: Log) {
  const area = isOutside ? { service_area: 'outside_mainland_china' } : {}
  const { json, text } = await server.load('', { name: basename(path), path, format, ...area })
  expect(json['state'], text).toBe('loaded')
}
