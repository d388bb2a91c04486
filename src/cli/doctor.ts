import { constants } from 'node:fs'
import { access, readdir, statfs } from 'node:fs/promises'
import type { Config } from '../config/config.ts'
import { type BucketSettings, locationOf } from '../ingest/sources/buckets/bucket-settings.ts'
import { readServerFile, type ServerFile } from '../parts/data-files.ts'
import { askServer, ClientError } from './client.ts'
import { hasDatabase } from './doctor-database.ts'
import { look, partFindings } from './doctor-parts.ts'
import { safetyFindings } from './doctor-safety.ts'
import { settingsInForce } from './doctor-settings.ts'
import type { Finding } from './finding.ts'
import { bytesText } from './progress-bar.ts'
import { say } from './terminal.ts'

/** With fewer bytes free the engine cannot merge, and loading stops. */
const freeBytesMin = 5e9
const clockSkewMsMax = 60_000
const bucketMsMax = 30_000

type DoctorOptions = {
  /** Set to compare all stored data, too; `repair` corrects differences. */
  deep: { repair: boolean } | null
  /** True if warnings count as wrong, too. */
  isStrict: boolean
}

/**
 * Checks everything that the server needs, with advice. It creates nothing.
 * @returns false when something is wrong
 */
export async function doctor(config: Config, { deep, isStrict }: DoctorOptions): Promise<boolean> {
  const running = await readServerFile(config.dataDir)
  const { settings, finding } = await settingsInForce(config, running !== null)
  const configuration = { topic: 'configuration', state: 'ok' as const, text: describe(config, settings.timeZone) }
  const findings = [nodeVersion(), configuration]
  findings.push(...(await dataDirectory(config)), ...(await fileBucket(config)), ...(await logSources(config)))
  findings.push(...(running ? await runningServer(running) : await partFindings(config)))
  findings.push(finding, ...(await safetyFindings(settings, config, process.argv)))
  if (deep !== null) findings.push(...(await deepFindings(config, deep.repair)))
  const signs = { ok: 'ok  ', warn: 'WARN', bad: 'BAD ' }
  for (const { topic, state, text } of findings) say`${signs[state]}  ${topic.padEnd(14)}${text}`
  return findings.every(({ state }) => state === 'ok' || (state === 'warn' && !isStrict))
}

async function deepFindings(config: Config, repair: boolean): Promise<Finding[]> {
  if (!(await hasDatabase(config))) return []
  const { lookDeep } = await import('./doctor-deep.ts')
  try {
    return await lookDeep(config, repair, process.env)
  } catch (error) {
    return [{ topic: 'consistency', state: 'bad', text: error instanceof Error ? error.message : String(error) }]
  }
}

function nodeVersion(): Finding {
  const major = Number(process.versions.node.split('.')[0])
  if (major >= 20) return { topic: 'node', state: 'ok', text: process.versions.node }
  return { topic: 'node', state: 'bad', text: `${process.versions.node} is too old: install Node.js 20 or later` }
}

const describe = (config: Config, timeZone: string) =>
  `${config.clickhouseUrl ? 'ClickHouse by URL' : 'embedded engine'}, ${config.databaseUrl ? 'PostgreSQL' : 'SQLite'}, ` +
  `zone ${timeZone}, data in ${config.dataDir}`

async function dataDirectory(config: Config): Promise<Finding[]> {
  try {
    await access(config.dataDir, constants.R_OK | constants.W_OK | constants.X_OK)
    const disk = await statfs(config.dataDir)
    const free = disk.bavail * disk.bsize
    const text = `${bytesText(free)} free below ${config.dataDir}`
    if (free >= freeBytesMin) return [{ topic: 'disk', state: 'ok', text }]
    return [{ topic: 'disk', state: 'warn', text: `${text}: make room, or move the directory (--data-dir)` }]
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return [{ topic: 'disk', state: 'bad', text: `the data directory cannot be used: ${reason}` }]
  }
}

/** Writes, reads and deletes an object in the bucket of finished files, as the server's start does. */
async function fileBucket(config: Config): Promise<Finding[]> {
  const { artifactsBucket } = config
  if (artifactsBucket === null) return []
  const finding = await look('files', async () => {
    const { locationOf, openArtifacts } = await import('../parts/open-artifacts.ts')
    const artifacts = await openArtifacts(config)
    artifacts.close()
    return `${locationOf(artifactsBucket)} can be written, read and deleted from`
  })
  return [finding]
}

/** Checks that the log sources are configured well, and can be read. */
async function logSources(config: Config): Promise<Finding[]> {
  if (config.inbox === null && config.sourcesFile === null) return []
  const finding = await look('log sources', async () => {
    const { readSources } = await import('../ingest/sources/source-settings.ts')
    const { allFormats } = await import('../ingest/formats/own/user-formats.ts')
    const sources = await readSources(config, { ...config, formats: await allFormats(config.formatsPath) })
    for (const source of sources) {
      if (source.kind === 'directory') await readdir(source.directory)
      else await lookAtBucket(source)
    }
    return sources.map((source) => source.name).join(', ')
  })
  return [finding]
}

/** Lists the bucket's first page, as the server would. */
async function lookAtBucket(settings: BucketSettings): Promise<void> {
  const { openS3Bucket } = await import('../ingest/sources/buckets/s3-bucket.ts')
  const bucket = await openS3Bucket(settings, process.env)
  try {
    await bucket.list('', AbortSignal.timeout(bucketMsMax))
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new Error(`${settings.name} (${locationOf(settings)}): ${reason}`, { cause })
  } finally {
    bucket.close()
  }
}

const notConfined: Finding = {
  topic: 'engine',
  state: 'warn',
  text:
    'not confined: it can read what its user can. The kernel has no landlock, or a filter of system calls forbids it: ' +
    'see docs/guide/security-of-the-host.md',
}

/** Asks the server that runs on this directory for the state of its parts. */
async function runningServer(server: ServerFile): Promise<Finding[]> {
  const { endpoint, engine_confined: isConfined } = server
  try {
    const { body, date } = await askServer(server, '/readyz')
    const { parts } = JSON.parse(body) as { parts: Record<string, string> }
    const states = Object.entries(parts).map(
      ([topic, text]): Finding => ({ topic, state: text === 'ok' ? 'ok' : topic === 'loading' ? 'warn' : 'bad', text }),
    )
    const skewMs = Math.abs(Date.parse(date) - Date.now())
    const clock: Finding =
      skewMs < clockSkewMsMax
        ? { topic: 'clock', state: 'ok', text: 'the server’s agrees with this machine’s' }
        : {
            topic: 'clock',
            state: 'bad',
            text: `the server’s is ${Math.round(skewMs / 1000)} s away: signatures fail at 900 s; set up NTP`,
          }
    const answers: Finding = { topic: 'server', state: 'ok', text: `answers at ${endpoint}` }
    return [answers, ...states, ...(isConfined === false ? [notConfined] : []), clock]
  } catch (error) {
    const reason = error instanceof ClientError ? ` (${error.message})` : ''
    const text = `${endpoint} does not answer${reason}. If its process is gone, start it again: fluxport serve`
    return [{ topic: 'server', state: 'bad', text }]
  }
}
