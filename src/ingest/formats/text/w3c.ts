import { AppError } from '../../../errors.ts'
import { fillSlots, sqlFile } from '../../../ports/warehouse/sql-file.ts'
import { inOrder } from '../line/line-pattern.ts'
import type { LogFormat } from '../line/log-format.ts'
import {
  assertNames,
  columnChanges,
  columnParameters,
  columnSlots,
  fieldsOf,
  firstFields,
  type NamedColumns,
} from './named-columns.ts'

const columns: NamedColumns = {
  date: ['date'],
  time: ['time'],
  client: ['c-ip'],
  forwarded: ['cs(X-Forwarded-For)', 'X-Forwarded-For'],
  host: ['cs-host', 'cs(Host)'],
  method: ['cs-method'],
  stem: ['cs-uri-stem', 'cs-uri-path', 'cs-uri'],
  query: ['cs-uri-query'],
  status: ['sc-status'],
  // Those that the server sent; it received cs-bytes.
  bytes: ['sc-bytes', 'bytes'],
  referrer: ['cs(Referer)', 'cs(Referrer)'],
  agent: ['cs(User-Agent)'],
  taken: ['time-taken', 'TimeTakenMS'],
}
const needed = ['date', 'time', 'stem', 'status', 'bytes']

/** Columns of the example, and of lines whose header is not at hand. */
const exampleFields =
  `date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) cs(Referer) cs-host sc-status
  sc-substatus sc-win32-status sc-bytes cs-bytes time-taken`.split(/\s+/)

/** Servers that put quotes around strings: a quote inside is doubled. */
const quotingServers = /^#Software:.*(?:Advanced Logging|Incapsula|Imperva|Web Cache|SGOS)/m

/** The number of lines before the first request. */
const linesOfDirectives = (head: Buffer): number =>
  /^(?:\xef\xbb\xbf)?(?:#[^\n]*\n)*/.exec(head.toString('latin1'))?.[0].split('\n').slice(1).length ?? 0

/** Local times under the names of the standard's, which are UTC. */
const localTimes = /^#GMT-Offset:[ \t]*[+-]?(?!0+\s*$)\d/

/**
 * Refuses a log whose lines cannot be counted. A time without its date would be a guess after midnight, so the date has
 * to be among the columns.
 * @throws AppError FLUXPORT.0103
 */
function assertCountable(head: Buffer): void {
  const fields = firstFields(head)
  if (!fields)
    throw new AppError('FLUXPORT.0103', 'The log has no #Fields line, which names the columns of a W3C extended log')
  assertNames(fields, columns, needed)
}

/** The W3C's extended log format: IIS, NetScaler, HTTP.sys, Oracle Web Cache and others. */
export const w3c: LogFormat = {
  name: 'w3c',
  title: 'W3C extended log: IIS and others',
  namesDomain: true,
  example:
    '2026-09-01 00:00:01 10.0.0.5 GET /a/b.jpg v=2 443 - 198.51.100.7 Mozilla/5.0+(X11) - www.example.com 200 0 0 10588 312 14',
  recognises: inOrder(
    /^(?:#Fields:[ \t]|(?:\S+[ \t]+){0,3}"?\d{4}-\d\d-\d\d"?[ \t]+"?\d\d:\d\d:\d\d[ ".\t])/,
    /(?:[ \t]"?(?:GET|HEAD|POST|PUT|DELETE|OPTIONS|PATCH|PROPFIND|CONNECT|TRACE)"?[ \t]|[ \t]sc-status)/,
  ),
  meaning: {
    time: '`date` and `time`, in UTC: when the answer had ended',
    bytes: '`sc-bytes`, with headers',
    cache: 'not logged',
  },
  projection: fillSlots(sqlFile(import.meta.url, './w3c.sql'), columnSlots(columns)),
  parameters: { ...columnParameters(columns, exampleFields), quotes: 0 },
  survey: ({ head }) => {
    assertCountable(head)
    const changes = columnChanges(columns, needed, null)
    const directives = linesOfDirectives(head)
    const quotes = Number(quotingServers.test(head.toString('latin1')))
    return {
      marks: ['#Fields:', '#GMT-Offset:'],
      see: (line, lineNumber) => {
        if (localTimes.test(line))
          throw new AppError('FLUXPORT.0103', `Line ${lineNumber} says that times are not of UTC (#GMT-Offset)`)
        const fields = fieldsOf(line)
        if (fields) changes.add(fields, lineNumber <= directives ? 0 : lineNumber)
        return false
      },
      parameters: () => ({ ...changes.parameters(), quotes }),
    }
  },
}
