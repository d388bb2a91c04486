import { readFile } from 'node:fs/promises'
import { ConfigError } from '../../../errors.ts'
import { logFormats } from '../known-formats.ts'
import type { LogFormat } from '../line/log-format.ts'
import { apachePieces } from './apache-pattern.ts'
import { FormatError } from './format-error.ts'
import { jsonMappingFormat, mappingOfTemplate, parseMapping } from './json-mapping.ts'
import { nginxPatternText, nginxPieces } from './nginx-pattern.ts'
import { patternFormat } from './pattern-format.ts'

/** An entry of the file of `--formats`: a name, and one of three descriptions of its lines. */
type Entry = { name: string; nginx?: string; apache?: string; json?: unknown; ignore: string[]; hits: string[] | null }

const formatsMax = 100
const keys = ['name', 'nginx', 'apache', 'json', 'ignore', 'hits']
const meaning = {
  time: 'as the configuration says',
  bytes: 'as the configuration says',
  cache: 'as the configuration says',
}

/**
 * The formats of lines: the user's own first, as the most particular, then the known ones of other names. New known formats
 * come with new versions, and must not keep a server with its own one of that name from starting.
 * @param path a JSON file, an array of `{ name, nginx | apache | json, ignore? }`; null: only the known ones
 * @throws ConfigError naming the format and the token that is not understood
 */
export async function allFormats(path: string | null): Promise<readonly LogFormat[]> {
  if (path === null) return logFormats
  try {
    const own = ownFormats(await readEntries(path))
    const names = new Set(own.map(({ name }) => name))
    return [...own, ...logFormats.filter(({ name }) => !names.has(name))]
  } catch (error) {
    throw error instanceof FormatError ? new ConfigError(`--formats (FLUXPORT_FORMATS): ${error.message}`) : error
  }
}

/**
 * The formats that a user describes.
 * @param entries as in the file of `--formats`
 * @throws FormatError naming the format and the token that is not understood
 */
export function ownFormats(entries: readonly unknown[]): LogFormat[] {
  const own = entries.map((entry, at) => formatOf(entry, at))
  const names = own.map(({ name }) => name)
  const twice = names.find((name, at) => names.indexOf(name) !== at)
  if (twice !== undefined) throw wrong(`the format ${twice} stands there twice`)
  return own.map((format) => ({ ...format, isOwn: true as const }))
}

const wrong = (problem: string) => new FormatError(problem)

async function readEntries(path: string): Promise<unknown[]> {
  const text = await readFile(path, 'utf8').catch(() => {
    throw wrong('the file cannot be read')
  })
  let entries: unknown
  try {
    entries = JSON.parse(text)
  } catch (error) {
    throw wrong(`the file is not JSON: ${error instanceof Error ? error.message : ''}`)
  }
  if (!Array.isArray(entries) || entries.length > formatsMax)
    throw wrong(`the file is not an array of at most ${formatsMax} formats`)
  return entries
}

function formatOf(given: unknown, at: number): LogFormat {
  const entry = entryOf(given, at)
  try {
    return compile(entry)
  } catch (error) {
    if (!(error instanceof FormatError)) throw error
    throw wrong(`the format ${entry.name}: ${error.message}`)
  }
}

function compile({ name, nginx, apache, json, ignore, hits }: Entry): LogFormat {
  const titled = (what: string) => ({ name, title: `of the configuration: ${what}`, meaning, hits })
  if (apache !== undefined) return patternFormat(titled('an Apache LogFormat'), apachePieces(apache))
  if (json !== undefined) return jsonMappingFormat(titled('JSON'), parseMapping(json))
  const text = nginxPatternText(nginx ?? '')
  const about = titled('an nginx log_format')
  // Variables are checked first, even those inside JSON.
  const pieces = nginxPieces(text, ignore)
  return text.trimStart().startsWith('{')
    ? jsonMappingFormat(about, mappingOfTemplate(text))
    : patternFormat(about, pieces)
}

function entryOf(given: unknown, at: number): Entry {
  const entry = (typeof given === 'object' && given !== null ? given : {}) as Record<string, unknown>
  const { name, ignore = [], hits = null } = entry
  if (typeof name !== 'string' || !/^[a-z][a-z0-9_]{0,49}$/.test(name))
    throw wrong(`entry ${at + 1}: its name is not of a to z, 0 to 9 and _, at most 50`)
  if (name === 'auto') throw wrong(`the format ${name}: the name is taken`)
  const unknown = Object.keys(entry).find((key) => !keys.includes(key))
  if (unknown !== undefined)
    throw wrong(`the format ${name}: ${JSON.stringify(unknown)} is not one of ${keys.join(', ')}`)
  const ways = ['nginx', 'apache', 'json'].filter((way) => way in entry)
  if (ways.length !== 1) throw wrong(`the format ${name}: it needs one of nginx, apache and json`)
  const text = entry['nginx'] ?? entry['apache'] ?? ''
  if (typeof text !== 'string' || text.length > 10_000)
    throw wrong(`the format ${name}: its ${ways[0]} is not text of at most 10,000 characters`)
  if (!Array.isArray(ignore) || ignore.some((one) => typeof one !== 'string'))
    throw wrong(`the format ${name}: ignore is not a list of variables' names`)
  if (hits !== null && (!Array.isArray(hits) || hits.some((one) => typeof one !== 'string')))
    throw wrong(`the format ${name}: hits is not a list of a cache's words`)
  return {
    ...entry,
    name,
    ignore: ignore as string[],
    hits: hits && (hits as string[]).map((word) => word.toLowerCase()),
  }
}
