import { resolve } from 'node:path'
import { ConfigError } from '../errors.ts'
import { type KeepDays, keptSources, type Source } from '../ledger/kept-data.ts'
import { type LogLevel, logLevels } from '../logger.ts'
import { clientAddressKinds, type PrivacyProfile, privacyProfileOf } from '../privacy/profile.ts'
import type { ReadLimits } from '../readers/jobs.ts'
import { knownZone } from '../statistics/time-range.ts'
import type { BillingRule } from '../usage/bills/billing-rule.ts'
import { type ArtifactConfig, artifactOptions, parseArtifactConfig } from './artifact-settings.ts'
import { type ConsoleConfig, consoleOptions, parseConsoleConfig } from './console-settings.ts'
import { type EdgeConfig, edgeOptions, parseEdgeConfig } from './edge-config.ts'
import { type LimitSettings, limitOptions, readLimits } from './limit-settings.ts'
import { type PlaceConfig, parsePlaceConfig, placeOptions } from './place-settings.ts'
import { parseReadLimits, readerOptions } from './reader-settings.ts'
import { environmentName, givenText, type SettingInForce, settingsInForce } from './settings-in-force.ts'

export { environmentName } from './settings-in-force.ts'

/**
 * Every option of the server, once: its flag, its environment variable (`--data-dir` is `FLUXPORT_DATA_DIR`), its
 * meaning and its default. docs/reference/configuration.md and `--help` are printed from here.
 */
type Option = { flag: string; value: string; meaning: string; fallback: string | null; bareValue?: string }

const option = (flag: string, value: string, meaning: string, fallback: string | null = null): Option => ({
  flag,
  value,
  meaning,
  fallback,
})

export const serverOptions: readonly Option[] = [
  option('data-dir', 'DIR', 'Data directory: engine, database, files and keys', './fluxport-data'),
  option('host', 'ADDRESS', 'Address to listen on', '127.0.0.1'),
  option('port', 'PORT', 'Port to listen on; 0 takes a free one', '8080'),
  option(
    'public-url',
    'URL',
    'Links to downloads and to the console begin with this; without it, with the listening address',
  ),
  option(
    'clickhouse-url',
    'URL',
    'A ClickHouse server, http(s)://user:password@host:port/database; without it, the embedded engine',
  ),
  option('database-url', 'URL', 'A PostgreSQL database, postgres://…; without it, SQLite in the data directory'),
  ...artifactOptions,
  option('time-zone', 'ZONE', 'Days and hours of reports follow this time zone', 'Asia/Shanghai'),
  option('formats', 'FILE', 'A JSON file of your own log formats: see docs/reference/log-formats.md'),
  ...placeOptions,
  option(
    'client-addresses',
    'KIND',
    'Client addresses are kept full; or truncated to /24 of IPv4 and /48 of IPv6, with a keyed hash',
    'full',
  ),
  option(
    'query-strings',
    'WHICH',
    'Query strings, in referrers too: keep, drop, only:NAME,… or without:NAME,…',
    'keep',
  ),
  option('master-key', 'KEY', 'Seals secret keys: base64 of 32 bytes; without it, master.key in the data directory'),
  option('tls-cert', 'FILE', 'Certificate chain, PEM; with --tls-key the server speaks HTTPS'),
  option('tls-key', 'FILE', 'Key of the certificate, PEM'),
  ...edgeOptions,
  ...consoleOptions,
  option('link-lifetime-seconds', 'N', 'A download link expires this long after its file’s completion', '604800'),
  option('file-lifetime-seconds', 'N', 'A finished file is kept this long; then its task expires', '604800'),
  option('task-lifetime-seconds', 'N', 'An expired, failed or canceled task is listed this long', '7776000'),
  option('export-concurrency', 'N', 'A worker makes at most this many export tasks at once', '2'),
  option('export-rows-max', 'N', 'A file has at most this many rows; a create beyond is refused', '100000000'),
  option('tasks-waiting-max', 'N', 'At most this many tasks of an account wait; more are refused', '10000'),
  option('tasks-running-max', 'N', 'At most this many tasks of an account run at once', '64'),
  option('stored-bytes-max', 'N', 'At most this many bytes of an account’s files', '1099511627776'),
  option('requests-per-second', 'N', 'At most this many signed requests of a key, averaged over ten seconds', '100'),
  option(
    'webhook-allow-private',
    'YES',
    'yes: webhooks may be posted to private and link-local addresses, never to loopback',
    'no',
  ),
  option('webhook-http-links', 'YES', 'yes: posts over plain http contain the download link too', 'no'),
  option('billing-discard-percent', 'P', 'Percentage of the highest points that a bill leaves out', '5'),
  option('billing-valid-day-bytes', 'N', 'A day is valid for a bill with more bytes than this', '0'),
  option('billing-overhead-percent', 'P', 'Percentage added to logged bytes: headers, retransmissions', '10'),
  option('keep-requests-days', 'N', 'Single requests are dropped after this many days; 0: never'),
  option('keep-usage-days', 'N', '5-minute sums are dropped after this many days; 0: never'),
  option('keep-url-days', 'N', 'Daily totals of every URL are dropped after this many days; 0: never'),
  option('keep-geography-days', 'N', 'Hourly sums by place are dropped after this many days; 0: never'),
  option('keep-audit-days', 'N', 'Audit events are deleted after this many days; 0: never', '400'),
  option('inbox', 'DIR', 'Log files of this directory are loaded as they appear; they stay'),
  option('inbox-source', 'PATTERN', 'Where an inbox file’s path tells its source: {source}/** for each directory'),
  option('sources', 'FILE', 'A JSON file of log sources, directories and buckets: see docs/guide/sources.md'),
  option('push-group-seconds', 'N', 'Small pushes are collected this long, and loaded together', '2'),
  option('pushes-per-second', 'N', 'At most this many requests of an ingest key, averaged over ten seconds', '2000'),
  option('disk-reserve-bytes', 'N', 'Loading pauses while the data disk has fewer free bytes', '1073741824'),
  option('spool-bytes-max', 'N', 'Logs are refused while more received bytes wait for loading', '10737418240'),
  option('batch-bytes-max', 'N', 'A log batch has at most this many bytes, as sent and decompressed', '68719476736'),
  ...readerOptions,
  ...limitOptions,
  option('engine-memory-bytes', 'N', 'Memory of all queries of the embedded engine together, bytes', '4294967296'),
  {
    ...option('allow-root', 'YES', 'yes: run as root, for instance in a container without another user', 'no'),
    bareValue: 'yes', // the flag alone means yes
  },
  option('log-level', 'LEVEL', `Least level of logged events: ${logLevels.join(', ')}`, 'info'),
]

/** The server's settings: parsed once, checked, frozen. */
export type Config = Readonly<EdgeConfig & PlaceConfig & ConsoleConfig & ArtifactConfig> & OwnConfig

type OwnConfig = Readonly<{
  dataDir: string
  host: string
  port: number
  publicUrl: string | null
  clickhouseUrl: URL | null
  databaseUrl: string | null
  timeZone: string
  formatsPath: string | null
  privacyProfile: PrivacyProfile
  masterKey: string | null
  tlsCert: string | null
  tlsKey: string | null
  linkLifetimeSeconds: number
  fileLifetimeSeconds: number
  taskLifetimeSeconds: number
  exportConcurrency: number
  exportRowsMax: number
  tasksWaitingMax: number
  tasksRunningMax: number
  storedBytesMax: number
  requestsPerSecond: number
  webhookAllowPrivate: boolean
  webhookHttpLinks: boolean
  billingRule: BillingRule
  keepDays: KeepDays
  /** Null: for ever. */
  keepAuditDays: number | null
  inbox: string | null
  inboxSource: string | null
  sourcesFile: string | null
  pushGroupSeconds: number
  pushesPerSecond: number
  diskReserveBytes: number
  spoolBytesMax: number
  batchBytesMax: number
  /** Limits of decoding a log. */
  readLimits: ReadLimits
  engineMemoryBytes: number
  allowRoot: boolean
  logLevel: LogLevel
  /** Every option as given, without secrets, for operators to look at. */
  inForce: readonly SettingInForce[]
}> &
  Readonly<LimitSettings>

/** Readers that each read and check one option. */
function readersOf(flags: Record<string, unknown>, environment: Record<string, string | undefined>) {
  const text = (flag: string): string | null => {
    const fallback = serverOptions.find((known) => known.flag === flag)?.fallback ?? null
    return givenText({ flag, fallback }, flags, environment).text
  }
  const integer = (flag: string, min: number, max: number) => {
    const given = text(flag) ?? '0'
    const value = Number(given)
    // Digits alone: Number would also take a plus sign, blanks, hexadecimals and exponents.
    if (!/^\d+$/.test(given) || !Number.isSafeInteger(value) || value < min || value > max)
      throw wrong(flag, `it is not a whole number from ${min} to ${max}, in digits alone`)
    return value
  }
  const decimal = (flag: string, min: number, max: number) => {
    const given = text(flag) ?? ''
    const value = Number(given)
    // The engine's whole-number arithmetic takes four decimals.
    const isExact = Math.abs(value * 10_000 - Math.round(value * 10_000)) < 1e-6
    if (!/^\d+(\.\d+)?$/.test(given) || !isExact || value < min || value > max)
      throw wrong(flag, `it is not a number from ${min} to ${max}, such as 2.5`)
    return value
  }
  const oneOf = <T extends string>(flag: string, allowed: readonly T[]): T => {
    const found = allowed.find((candidate) => candidate === text(flag))
    if (!found) throw wrong(flag, `it is not one of ${allowed.join(', ')}`)
    return found
  }
  return { text, integer, decimal, oneOf }
}

/**
 * Reads the settings: flags first, then the environment, then defaults.
 * @param flags by property name, as the command line has them
 * @throws ConfigError naming the flag and the variable
 */
export function parseConfig(flags: Record<string, unknown>, environment: Record<string, string | undefined>): Config {
  const { text, integer, decimal, oneOf } = readersOf(flags, environment)
  const dataDir = resolve(text('data-dir') ?? '')
  const config: Omit<Config, 'inForce'> = {
    dataDir,
    host: text('host') ?? '',
    port: integer('port', 0, 65_535),
    publicUrl: urlOf('public-url', text('public-url'), ['http:', 'https:'])?.href.replace(/\/$/, '') ?? null,
    clickhouseUrl: urlOf('clickhouse-url', text('clickhouse-url'), ['http:', 'https:']),
    databaseUrl: urlOf('database-url', text('database-url'), ['postgres:', 'postgresql:'])?.href ?? null,
    ...parseArtifactConfig(dataDir, { text, integer, oneOf, wrong }),
    timeZone: timeZoneOf(text('time-zone') ?? ''),
    formatsPath: text('formats'),
    ...parsePlaceConfig(oneOf),
    privacyProfile: privacyProfileOf(oneOf('client-addresses', clientAddressKinds), text('query-strings'), wrong),
    masterKey: text('master-key'),
    ...{ tlsCert: text('tls-cert'), tlsKey: text('tls-key') },
    ...parseEdgeConfig({ text, integer, oneOf, wrong }),
    ...parseConsoleConfig({ text, path: (flag) => pathOf(text(flag)), oneOf, wrong }),
    linkLifetimeSeconds: integer('link-lifetime-seconds', 1, 31_536_000),
    fileLifetimeSeconds: integer('file-lifetime-seconds', 1, 3_153_600_000),
    taskLifetimeSeconds: integer('task-lifetime-seconds', 1, 3_153_600_000),
    exportConcurrency: integer('export-concurrency', 1, 64),
    exportRowsMax: integer('export-rows-max', 1, 10_000_000_000),
    tasksWaitingMax: integer('tasks-waiting-max', 1, 1_000_000),
    tasksRunningMax: integer('tasks-running-max', 1, 1_000),
    storedBytesMax: integer('stored-bytes-max', 1, Number.MAX_SAFE_INTEGER),
    requestsPerSecond: integer('requests-per-second', 1, 1_000_000),
    webhookAllowPrivate: oneOf('webhook-allow-private', ['yes', 'no']) === 'yes',
    webhookHttpLinks: oneOf('webhook-http-links', ['yes', 'no']) === 'yes',
    billingRule: billingRuleOf(integer, decimal),
    keepDays: keepDaysOf((flag) => integer(flag, 0, 36_500)),
    keepAuditDays: integer('keep-audit-days', 0, 36_500) || null,
    inbox: pathOf(text('inbox')),
    inboxSource: text('inbox-source'),
    sourcesFile: pathOf(text('sources')),
    pushGroupSeconds: integer('push-group-seconds', 0, 3_600),
    pushesPerSecond: integer('pushes-per-second', 1, 1_000_000),
    diskReserveBytes: integer('disk-reserve-bytes', 0, Number.MAX_SAFE_INTEGER),
    spoolBytesMax: integer('spool-bytes-max', 1, Number.MAX_SAFE_INTEGER),
    batchBytesMax: integer('batch-bytes-max', 1, Number.MAX_SAFE_INTEGER),
    readLimits: parseReadLimits(integer),
    engineMemoryBytes: integer('engine-memory-bytes', 512 * 1024 ** 2, 2 ** 50),
    allowRoot: oneOf('allow-root', ['yes', 'no']) === 'yes',
    logLevel: oneOf('log-level', logLevels),
    ...readLimits(integer),
  }
  if ((config.tlsCert === null) !== (config.tlsKey === null)) throw wrong('tls-key', 'it goes with --tls-cert')
  return Object.freeze({ ...config, inForce: settingsInForce(serverOptions, flags, environment) })
}

const wrong = (flag: string, problem: string) => new ConfigError(`--${flag} (${environmentName(flag)}): ${problem}`)

type NumberReader = (flag: string, min: number, max: number) => number

const billingRuleOf = (integer: NumberReader, decimal: NumberReader): BillingRule => ({
  discardPercent: decimal('billing-discard-percent', 0, 100),
  validDayBytesOver: integer('billing-valid-day-bytes', 0, Number.MAX_SAFE_INTEGER),
  overheadPercent: decimal('billing-overhead-percent', 0, 1_000),
})

/** The option that says how many days each source is kept. */
const keepFlags: Record<Source, string> = {
  request: 'keep-requests-days',
  usage: 'keep-usage-days',
  url_daily: 'keep-url-days',
  geography_hourly: 'keep-geography-days',
}

/** No sums may be dropped before their requests, because the sums are what remains. */
function keepDaysOf(integer: (flag: string) => number): KeepDays {
  const days = (source: Source) => integer(keepFlags[source]) || null
  const requestDays = days('request') ?? Number.POSITIVE_INFINITY
  for (const source of keptSources) {
    const own = days(source) ?? Number.POSITIVE_INFINITY
    if (own < requestDays) throw wrong(keepFlags[source], `it is less than --${keepFlags.request}`)
  }
  return {
    request: days('request'),
    usage: days('usage'),
    url_daily: days('url_daily'),
    geography_hourly: days('geography_hourly'),
  }
}

const pathOf = (text: string | null) => (text === null ? null : resolve(text))

function urlOf(flag: string, text: string | null, protocols: string[]): URL | null {
  if (text === null) return null
  const url = URL.canParse(text) ? new URL(text) : null
  // The text may hold a password, so it is not repeated.
  if (!url || !protocols.includes(url.protocol))
    throw wrong(flag, `it is not a URL that begins with ${protocols.join('// or ')}//`)
  return url
}

function timeZoneOf(text: string): string {
  const zone = knownZone(text)
  if (zone === null) throw wrong('time-zone', 'it is not a zone like Asia/Shanghai')
  return zone
}
