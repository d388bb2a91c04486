import { lstat, readdir, readFile, stat } from 'node:fs/promises'
import { isIP } from 'node:net'
import { join } from 'node:path'
import type { Config } from '../config/config.ts'
import { readServerFile } from '../parts/data-files.ts'
import { keyFindings } from './doctor-keys.ts'
import type { SafetySettings } from './doctor-settings.ts'
import type { Finding } from './finding.ts'

/** Most entries of the data directory examined: the engine makes many, all alike. */
const entriesMax = 5_000
/** An audit log kept for less than a quarter is gone when somebody asks for it. */
const auditDaysMin = 90

const warn = (text: string): Finding => ({ topic: 'safety', state: 'warn', text })

/**
 * Unsafe settings and files, each with advice.
 * @param settings those in force; `config` names the places to examine
 * @param argv this process's arguments
 */
export async function safetyFindings(
  settings: SafetySettings,
  config: Config,
  argv: readonly string[],
): Promise<Finding[]> {
  const looks = [
    await modes(config.dataDir),
    await runsAsRoot(config.dataDir),
    openAddress(settings),
    openMetrics(settings),
    ...openSettings(settings),
    await secretFlags(config.dataDir, argv),
    await oldMasterKeys(config.dataDir),
    ...(await keyFindings(config)),
  ]
  const found = looks.filter((finding) => finding !== null)
  return found.length > 0 ? found : [{ topic: 'safety', state: 'ok', text: 'nothing stands open that is looked at' }]
}

/** Finds entries that others than their owner can read. Entries of a directory that others cannot enter are safe. */
async function modes(dataDir: string): Promise<Finding | null> {
  const top = await lstat(dataDir).catch(() => null)
  if (top?.isDirectory() && (top.mode & 0o077) === 0) return null
  const open: string[] = []
  let looked = 0
  const look = async (path: string): Promise<void> => {
    const status = await lstat(path).catch(() => null)
    looked += 1
    if (!status || status.isSymbolicLink() || looked > entriesMax) return
    if ((status.mode & 0o077) !== 0) open.push(path)
    if (!status.isDirectory()) return
    for (const name of await readdir(path).catch(() => [])) await look(join(path, name))
  }
  await look(dataDir)
  const [first] = open
  if (first === undefined) return null
  return warn(
    `others can read ${open.length} entries of the data directory, ${first} among them: chmod -R go-rwx ${dataDir}; ` +
      'under systemd UMask=0077 and StateDirectoryMode=0700',
  )
}

async function runsAsRoot(dataDir: string): Promise<Finding | null> {
  const owner = (await stat(dataDir).catch(() => null))?.uid
  if (owner !== 0) return null
  return warn('the server’s files are root’s: give it a user of its own (chown -R USER, systemd: User=)')
}

const isLoopback = (host: string) =>
  host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))

function openAddress({ host, tls }: SafetySettings): Finding | null {
  if (isLoopback(host) || tls) return null
  return warn(
    `${host} is reached by others: requests and download links go in the clear (--tls-cert and --tls-key). Or listen on ` +
      '127.0.0.1 behind a proxy that speaks TLS',
  )
}

/**
 * The main address answers metrics only to its own host or with the token; a separate metrics address answers anybody.
 */
function openMetrics({ metricsAddress, metricsTokenSet }: SafetySettings): Finding | null {
  if (metricsAddress === null || metricsTokenSet || isLoopback(metricsAddress.host)) return null
  return warn(
    `--metrics-address ${metricsAddress.host}:${metricsAddress.port} answers whoever can reach it, in plain HTTP: set ` +
      'FLUXPORT_METRICS_TOKEN, or an address of 127.0.0.1',
  )
}

function openSettings(settings: SafetySettings): (Finding | null)[] {
  const url = settings.publicUrl === null ? null : new URL(settings.publicUrl)
  const isClear = url?.protocol === 'http:' && !isLoopback(url.hostname)
  const days = settings.keepAuditDays
  return [
    isClear
      ? warn(
          '--public-url begins with http: whoever sees a link on its way has the file. Put TLS before it, and https: here',
        )
      : null,
    settings.webhookAllowPrivate
      ? warn(
          '--webhook-allow-private yes: accounts have the server post into your networks. Set no, and let such receivers poll',
        )
      : null,
    settings.webhookHttpLinks
      ? warn(
          '--webhook-http-links yes: posts over plain http have download links in them, and who sees one has the file. Set no',
        )
      : null,
    days !== null && days < auditDaysMin
      ? warn(`the audit log is kept for ${days} days: raise --keep-audit-days to ${auditDaysMin} or more`)
      : null,
  ]
}

const secretFlag = /^--(master-key|new-master-key|secret-key|metrics-token)(=|$)/
const urlFlag = /^--(database-url|clickhouse-url)(=|$)/

/** A command line is visible in every list of processes. */
async function secretFlags(dataDir: string, argv: readonly string[]): Promise<Finding | null> {
  const server = await readServerFile(dataDir)
  const line = server ? await readFile(`/proc/${server.process_id}/cmdline`, 'utf8').catch(() => '') : ''
  const flags = [argv, line.split('\0')].flatMap(secretsIn)
  if (flags.length === 0) return null
  const names = [...new Set(flags)].map((flag) => `--${flag}`).join(', ')
  return warn(`${names} stands in the command line, which every list of processes shows: use the variable FLUXPORT_…`)
}

function secretsIn(args: readonly string[]): string[] {
  return args.flatMap((arg, i) => {
    const value = arg.includes('=') ? arg.slice(arg.indexOf('=') + 1) : (args[i + 1] ?? '')
    const secret = secretFlag.exec(arg)?.[1]
    if (secret !== undefined) return [secret]
    const url = urlFlag.exec(arg)?.[1]
    return url !== undefined && URL.canParse(value) && new URL(value).password !== '' ? [url] : []
  })
}

/** Old keys after a reseal open all earlier secrets, in backups and copies of the database. */
async function oldMasterKeys(dataDir: string): Promise<Finding | null> {
  const names = (await readdir(dataDir).catch(() => [])).filter((name) => name.startsWith('master.key.until-'))
  if (names.length === 0) return null
  return warn(
    `${names.join(', ')} in the data directory opens the backups of before: move it to where those are kept, or remove it ` +
      'when none is',
  )
}
