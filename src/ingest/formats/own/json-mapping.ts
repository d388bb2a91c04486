import { jsonProjection } from '../json/json-format.ts'
import { type LinePart, lineParts, type PartTexts } from '../line/line-parts.ts'
import type { LogFormat } from '../line/log-format.ts'
import { nginxVariables } from '../line/nginx-variables.ts'
import { FormatError } from './format-error.ts'
import { assertComplete, type OwnFormat, ownColumns } from './pattern-format.ts'

/** Paths of each part in a line's object: names joined by dots, the best of several first. */
type JsonMapping = Partial<Record<LinePart, string[]>>

/** The JSON object's type for the engine, by path. It is only text: it is bound, not written into SQL. */
type Shape = Map<string, Shape>

/**
 * A format of JSON lines with the user's own names.
 * @throws FormatError when a line would lack a part that a request needs
 */
export function jsonMappingFormat({ hits, ...about }: OwnFormat, mapping: JsonMapping): LogFormat {
  const shape: Shape = new Map()
  for (const path of Object.values(mapping).flatMap(pathsOf)) insert(shape, path)
  const parts: PartTexts = {}
  for (const [part, names] of Object.entries(mapping) as [LinePart, string[]][]) {
    parts[part] = pathsOf(names).map((path) => elementSql(shape, path))
  }
  assertComplete(parts)
  const { columns, hitWords } = ownColumns(parts, hits)
  const isLine = `notEmpty(concat(${[...(parts.time ?? []), ...(parts.date ?? []), `''`].join(', ')}))`
  return {
    ...about,
    namesDomain: parts.host !== undefined,
    example: '',
    recognises: recogniserOf(mapping),
    projection: jsonProjection('{logFields:String}', isLine, columns),
    parameters: { logFields: typeOf(shape), ...hitWords },
  }
}

/** A name with dots may be a path of objects, or one name: `{"url":{"domain":…}}` or `{"url.domain":…}`. */
const pathsOf = (names: readonly string[]): string[][] =>
  names.flatMap((name) => (name.includes('.') ? [name.split('.'), [name]] : [[name]]))

function insert(shape: Shape, [name = '', ...rest]: string[]): void {
  const below = shape.get(name) ?? (new Map() as Shape)
  shape.set(name, below)
  if (rest.length > 0) insert(below, rest)
}

const typeOf = (shape: Shape): string =>
  `Tuple(${[...shape].map(([name, below]) => `\`${name.replaceAll(/[\\`]/g, '\\$&')}\` ${below.size > 0 ? typeOf(below) : 'String'}`).join(', ')})`

/** Addresses an element by position, so that a user's name never stands in a statement. */
function elementSql(shape: Shape, path: string[], of = 'f'): string {
  const [name = '', ...rest] = path
  const below = shape.get(name) as Shape
  const element = `tupleElement(${of}, ${[...shape.keys()].indexOf(name) + 1})`
  if (rest.length > 0) return elementSql(below, rest, element)
  if (below.size > 0) throw new FormatError(`${name} is both a text and an object`)
  return element
}

/** Matches lines that have a name for each part of every request. */
function recogniserOf(mapping: JsonMapping): RegExp {
  const needed = (['time', 'status', 'bytes'] as const).map((part) => {
    const names = pathsOf(mapping[part] ?? mapping.date ?? []).map((path) => JSON.stringify(path.at(-1)))
    return `(?=.*(${names.map((name) => name.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|')})\\s*:)`
  })
  return new RegExp(`^\\s*\\{${needed.join('')}`)
}

/** A mapping from an nginx log_format that writes JSON: each name with its variable. */
export function mappingOfTemplate(template: string): JsonMapping {
  const quoted = template.replaceAll(/(:\s*)(\$(?:\w+|\{\w+\}))/g, '$1"$2"')
  const object = parseTemplate(quoted)
  const found: [path: string, variable: string][] = []
  const walk = (value: unknown, path: string[]): void => {
    if (typeof value === 'string') found.push([path.join('.'), /^\$\{?(\w+)\}?$/.exec(value)?.[1] ?? ''])
    else if (typeof value === 'object' && value !== null)
      for (const [name, below] of Object.entries(value)) walk(below, [...path, name])
  }
  walk(object, [])
  const mapping: JsonMapping = {}
  for (const [variable, part] of Object.entries(nginxVariables)) {
    const paths = found.filter(([, name]) => name === variable).map(([path]) => path)
    if (paths.length > 0) mapping[part] = [...(mapping[part] ?? []), ...paths]
  }
  return mapping
}

function parseTemplate(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new FormatError('it begins like JSON and is none')
  }
}

/** The engine's type of the fields has a level for each name. */
const pathMax = { names: 20, characters: 500 }
const namesMax = 20

/** Checks a mapping from a configuration. @throws FormatError naming the part or path */
export function parseMapping(given: unknown): JsonMapping {
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw new FormatError('"json" is not an object of parts and paths')
  const entries = Object.entries(given).map(([part, paths]) => {
    if (!lineParts.some((known) => known === part))
      throw new FormatError(`${JSON.stringify(part)} is not one of ${lineParts.join(', ')}`)
    const list = Array.isArray(paths) ? paths : [paths]
    const wrong = list.find((path) => typeof path !== 'string' || path === '' || path.split('.').includes(''))
    if (wrong !== undefined || list.length === 0)
      throw new FormatError(`${part}: ${JSON.stringify(wrong ?? list)} is not a path of names between dots`)
    if (
      list.length > namesMax ||
      list.some((path) => path.length > pathMax.characters || path.split('.').length > pathMax.names)
    )
      throw new FormatError(
        `${part}: it has more than ${namesMax} paths, or one of more than ${pathMax.names} names or ${pathMax.characters} characters`,
      )
    return [part, list as string[]] as const
  })
  return Object.fromEntries(entries)
}
