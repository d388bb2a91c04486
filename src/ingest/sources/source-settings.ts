import { readFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { type Static, type TSchema, Type } from 'typebox'
import { Value } from 'typebox/value'
import { AppError, ConfigError } from '../../errors.ts'
import type { Caller } from '../../http/caller.ts'
import { type Delivery, type DeliveryDefaults, parametersOf } from '../receive/receive-batch.ts'
import { BucketFields, type BucketSettings, bucketSettings } from './buckets/bucket-settings.ts'
import type { DirectorySettings, FileRule } from './files/file-rule.ts'
import { sourcePatternProblem } from './files/source-in-path.ts'

/** The selection of a source's files, and their delivery parameters. */
const RuleSettings = {
  files: Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 1_000 }), { minItems: 1 })),
  source: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
  source_in_path: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
  format: Type.Optional(Type.String()),
  domain: Type.Optional(Type.String()),
  domain_in_name: Type.Optional(Type.String({ maxLength: 200 })),
  service_area: Type.Optional(Type.String()),
  log_zone: Type.Optional(Type.String()),
  count_also: Type.Optional(Type.String()),
  overlap: Type.Optional(Type.Enum(['refuse', 'accept'])),
  rejected_percent_max: Type.Optional(Type.Integer({ minimum: 0, maximum: 100 })),
}
const Rule = Type.Object(RuleSettings, { additionalProperties: false })
const Name = Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$' })
const Seconds = (minimum: number) => Type.Optional(Type.Number({ minimum, maximum: 86_400 }))

const Directory = Type.Object(
  {
    kind: Type.Literal('directory'),
    name: Name,
    directory: Type.String({ minLength: 1 }),
    recursive: Type.Optional(Type.Boolean()),
    follow_links: Type.Optional(Type.Boolean()),
    after: Type.Optional(Type.Enum(['leave', 'move', 'delete'])),
    done_directory: Type.Optional(Type.String({ minLength: 1 })),
    look_seconds: Seconds(0.1),
    settle_seconds: Seconds(0),
    growth_seconds: Seconds(0),
    ...RuleSettings,
    rules: Type.Optional(Type.Array(Rule, { minItems: 1 })),
  },
  { additionalProperties: false },
)
const Bucket = Type.Object(
  { name: Name, ...BucketFields, ...RuleSettings, rules: Type.Optional(Type.Array(Rule, { minItems: 1 })) },
  { additionalProperties: false },
)
const kinds: Record<string, TSchema> = { directory: Directory, bucket: Bucket }

export type SourceSettings = DirectorySettings | BucketSettings

/**
 * The log sources: those of the file, and the inbox.
 * @throws ConfigError that names the setting
 */
export async function readSources(
  config: { inbox: string | null; inboxSource: string | null; sourcesFile: string | null },
  defaults: DeliveryDefaults,
): Promise<SourceSettings[]> {
  const listed = config.sourcesFile === null ? [] : await readDocument(config.sourcesFile, defaults)
  const inbox = config.inbox === null ? [] : [inboxSettings(config.inbox, config.inboxSource)]
  const all = [...inbox, ...listed]
  const twice = all.find((one, i) => all.some((other, j) => j < i && other.name === one.name))
  if (twice) throw wrong(`two sources have the name ${twice.name}`)
  return all
}

async function readDocument(path: string, defaults: DeliveryDefaults): Promise<SourceSettings[]> {
  const text = await readFile(path, 'utf8').catch((cause) => {
    throw new ConfigError(`--sources: ${path} cannot be read`, { cause })
  })
  return parseSources(text, dirname(path), defaults)
}

/**
 * Parses a sources document.
 * @param base relative paths are relative to it
 * @throws ConfigError that names the setting
 */
export function parseSources(text: string, base: string, defaults: DeliveryDefaults): SourceSettings[] {
  const document = parseJson(text)
  if (!isObject(document) || !Array.isArray(document['sources'])) throw wrong('it is not {"sources": […]}')
  const unknown = Object.keys(document).find((name) => name !== 'sources')
  if (unknown) throw wrong(`${unknown}: there is no such setting`)
  return document['sources'].map((entry, i) => parseSource(entry, `sources[${i}]`, base, defaults))
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw wrong(`it is not JSON: ${error instanceof Error ? error.message : ''}`)
  }
}

function parseSource(entry: unknown, at: string, base: string, defaults: DeliveryDefaults): SourceSettings {
  const kind = isObject(entry) ? String(entry['kind']) : ''
  const schema = kinds[kind]
  if (!schema) throw wrong(`${at}.kind: it is not one of ${Object.keys(kinds).join(', ')}`)
  const [problem] = Value.Errors(schema, entry)
  if (problem) throw wrong(`${at}${problemText(problem)}`)
  const settings = settingsOf(entry as Static<typeof Directory> | Static<typeof Bucket>, at, base)
  for (const [i, rule] of settings.rules.entries()) checkDelivery(rule, `${at}, rule ${i}`, defaults)
  return settings
}

function settingsOf(given: Static<typeof Directory> | Static<typeof Bucket>, at: string, base: string): SourceSettings {
  if (given.kind === 'directory') return directorySettings(given, base)
  try {
    return bucketSettings(given, rulesOf(given))
  } catch (error) {
    throw wrong(`${at}${error instanceof Error ? error.message : ''}`)
  }
}

type Problem = { keyword: string; instancePath: string; params: object; message: string }

/** A problem's text: `.settle_seconds: must be >= 0`. */
function problemText({ keyword, instancePath, params, message }: Problem): string {
  const path = instancePath.replaceAll(/\/(\d+)/g, '[$1]').replaceAll('/', '.')
  if (keyword === 'boolean' || keyword === 'additionalProperties') return `${path}: there is no such setting`
  if (keyword === 'enum')
    return `${path}: it is not one of ${(params as { allowedValues: string[] }).allowedValues.join(', ')}`
  return `${path}: ${message}`
}

function directorySettings(given: Static<typeof Directory>, base: string): DirectorySettings {
  const directory = resolve(base, given.directory)
  return {
    ...directoryDefaults,
    name: given.name,
    directory,
    recursive: given.recursive ?? false,
    followLinks: given.follow_links ?? false,
    after: given.after ?? 'leave',
    doneDirectory: resolve(base, given.done_directory ?? join(directory, 'done')),
    lookMs: Math.round((given.look_seconds ?? directoryDefaults.lookMs / 1_000) * 1_000),
    settleMs: Math.round((given.settle_seconds ?? directoryDefaults.settleMs / 1_000) * 1_000),
    growthMs: Math.round((given.growth_seconds ?? directoryDefaults.growthMs / 1_000) * 1_000),
    rules: rulesOf(given),
  }
}

const directoryDefaults = {
  kind: 'directory' as const,
  recursive: false,
  followLinks: false,
  after: 'leave' as const,
  lookMs: 2_000,
  settleMs: 5_000,
  // The width of a bucket, of which the figures are made.
  growthMs: 300_000,
}

/**
 * `--inbox DIR`: the directory with default settings.
 * @param sourcePattern `--inbox-source`; one with a slash looks into directories below
 */
function inboxSettings(directory: string, sourcePattern: string | null): DirectorySettings {
  const problem = sourcePattern === null ? null : sourcePatternProblem(sourcePattern)
  if (problem !== null) throw new ConfigError(`--inbox-source (FLUXPORT_INBOX_SOURCE): ${problem}`)
  return {
    ...directoryDefaults,
    name: 'inbox',
    directory,
    recursive: sourcePattern?.includes('/') ?? false,
    doneDirectory: join(directory, 'done'),
    rules: rulesOf(sourcePattern === null ? {} : { source_in_path: sourcePattern }),
  }
}

type GivenRule = Static<typeof Rule>

/** A source's own settings are the defaults of its rules; without rules they are the only rule. */
function rulesOf(given: GivenRule & { rules?: GivenRule[] }): FileRule[] {
  const names = Object.keys(RuleSettings) as (keyof typeof RuleSettings)[]
  const defaults = Object.fromEntries(names.map((name) => [name, given[name]])) as GivenRule
  return (given.rules ?? [{}]).map((rule) => {
    const { files: patterns = ['*'], source_in_path: sourceInPath, ...delivery } = { ...defaults, ...rule }
    return { files: patterns, sourceInPath, delivery: definedOnly(delivery) }
  })
}

const definedOnly = (delivery: object): Delivery =>
  Object.fromEntries(Object.entries(delivery).filter(([, value]) => value !== undefined))

/** A source may load anything, because only an operator configures it. */
const anyCaller: Caller = { accessKey: '', accountId: '', role: 'operator', source: null, domains: null }

function checkDelivery(rule: FileRule, at: string, defaults: DeliveryDefaults) {
  const problem = rule.sourceInPath === undefined ? null : sourcePatternProblem(rule.sourceInPath)
  if (problem !== null) throw wrong(`${at}: source_in_path: ${problem}`)
  try {
    parametersOf(rule.delivery, anyCaller, defaults)
  } catch (error) {
    if (error instanceof AppError) throw wrong(`${at}: ${error.message}`)
    throw error
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const wrong = (problem: string) => new ConfigError(`--sources (FLUXPORT_SOURCES): ${problem}`)
