import type { LinePattern } from '../line/line-pattern.ts'
import type { LogFormat } from '../line/log-format.ts'
import type { Wrapping } from '../line/wrapping.ts'
import { bothSurveys } from './pieces.ts'

/** A wrapping that is a prefix. @param pattern an expression of ASCII that Node and the engine read alike */
export function prefixWrapping(
  about: Pick<Wrapping, 'name' | 'title' | 'example' | 'survey'>,
  pattern: string,
): Wrapping {
  const prefix = new RegExp(`^(?:${pattern})`)
  return {
    ...about,
    unwrapped: (line) => {
      const found = prefix.exec(line)?.[0]
      return found === undefined ? null : line.slice(found.length)
    },
    withinSql: `replaceRegexpOne(line, '^(?:${pattern.replaceAll('\\', '\\\\')})', '')`,
  }
}

/** A wrapping that is a JSON object. @param textOf the line in the object; null when it has none */
export function jsonWrapping(
  about: Pick<Wrapping, 'name' | 'title' | 'example' | 'survey' | 'withinSql'>,
  textOf: (object: Record<string, unknown>) => string | Buffer | null,
): Wrapping {
  return {
    ...about,
    unwrapped: (line) => {
      const object = objectOf(line)
      const text = object && textOf(object)
      return text === null ? null : Buffer.from(text as string).toString('latin1')
    },
  }
}

function objectOf(line: string): Record<string, unknown> | null {
  if (!line.startsWith('{')) return null
  try {
    const value: unknown = JSON.parse(Buffer.from(line, 'latin1').toString())
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null
  } catch {
    return null
  }
}

/** Two wrappings, one around the other, as of a container's log that syslog passes on. */
export function wrappedTwice(outer: Wrapping, inner: Wrapping): Wrapping {
  const within = (line: string) => outer.unwrapped(line) ?? line
  const survey = surveyOfBoth(outer, inner, within)
  return {
    name: `${outer.name}+${inner.name}`,
    title: `${inner.title}, within ${outer.title}`,
    example: (line) => outer.example(inner.example(line)),
    unwrapped: (line) => (outer.unwrapped(line) === null ? null : inner.unwrapped(within(line))),
    withinSql: inner.withinSql.replaceAll(/\bline\b/g, () => `(${outer.withinSql})`),
    ...(survey ? { survey } : {}),
  }
}

function surveyOfBoth(outer: Wrapping, inner: Wrapping, within: (line: string) => string): Wrapping['survey'] {
  const innerSurvey = inner.survey
  if (!innerSurvey) return outer.survey
  const ofInner: Wrapping['survey'] = (before) => {
    const survey = innerSurvey(before)
    return { ...survey, see: (line, lineNumber) => survey.see(within(line), lineNumber) }
  }
  const outerSurvey = outer.survey
  return outerSurvey ? (before) => bothSurveys(outerSurvey(before), ofInner(before)) : ofInner
}

/** The format of lines that are wrapped, and otherwise of `format`. */
export function wrappedFormat(wrapping: Wrapping, format: LogFormat): LogFormat {
  const recognises: LinePattern = {
    test: (line) => {
      const within = wrapping.unwrapped(line)
      return within !== null && format.recognises.test(within)
    },
  }
  return { ...format, name: `${wrapping.name}+${format.name}`, recognises, wrapping }
}
