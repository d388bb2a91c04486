import { logFormats } from '../formats/known-formats.ts'
import { formatByName } from '../formats/recognise.ts'
import { type Change, changedExamples } from './example-cases.contract.ts'
import type { LineCase, RequestRow } from './line-case.contract.ts'

/** Cases of a JSON format: its example, and the example with one change. */
export function casesOf(name: string, example: Partial<RequestRow>, changes: Change[]): LineCase[] {
  const line = formatByName(logFormats, name)?.example ?? ''
  const after = (field: string) => line.replace('{', () => `{"x":${field},`)
  const agent = (text: string) => line.replace(/curl(\/|%2F)8.0/, () => text)
  const sentBy = (userAgent: string) => ({ row: { ...example, userAgent } })
  return [
    ...changedExamples(name, example, changes),
    { why: 'may have fields that nobody knows', line: after('{"y":[1,null]}'), row: example },
    { why: 'may have blanks around its parts', line: ` ${spaced(line)} `, row: example },
    ...['-', '', '-, 0.2', '0.1 : 0.2', '99999999999999999999999'].map((text) => ({
      why: `counts with ${text || 'nothing'} for a number`,
      line: after(text),
      row: example,
    })),
    { why: 'counts with its names in other objects too', line: after(line), row: example },
    { why: 'counts with bytes of another encoding', line: inBytes(agent('a\xff\xb2')), ...sentBy('a\ufffd\ufffd') },
    { why: 'counts with a control character', line: agent('a\tb\x1f'), ...sentBy('a\tb\x1f') },
    { why: 'counts with a character by its byte', line: agent('a\\x22b\\\\x22'), ...sentBy('a"b\\x22') },
    { why: 'counts with no escape of JSON', line: agent('\\v\\ud800\\u12'), ...sentBy('\\v\\ud800\\u12') },
    { why: 'counts with what looks like a number', line: inBytes(agent(':-,\\":-,\xff')), ...sentBy(':-,":-,\ufffd') },
    { why: 'counts with letters in an escape', line: agent('\\u4e2d\\ud83d\\ude00'), ...sentBy('中😀') },
    { why: 'counts with both kinds of letters', line: `${agent('中\\u4e2d').slice(0, -1)},"x":-}`, ...sentBy('中中') },
    ...['1024e1', '10240.0', '1.024E+4'].flatMap((number) => ofSize(line, example, number)),
    { why: 'is none when it is cut', line: line.slice(0, -20), rejected: 'fields' },
    { why: 'is none when it is a list', line: `[${line}]`, rejected: 'fields' },
    { why: 'is none when two are on a line', line: `${line}${line}`, rejected: 'fields' },
    { why: 'is none with a quote too many', line: agent('a"b'), rejected: 'fields' },
    {
      why: 'is none with too many objects inside each other',
      line: after('['.repeat(2_000) + ']'.repeat(2_000)),
      rejected: 'fields',
    },
  ]
}

/** Numbers of JSON have their value, in any notation; those with a fraction are no size. */
function ofSize(line: string, row: Partial<RequestRow>, number: string): LineCase[] {
  const size = /(?<=":)10240(?=[,}])/
  if (!size.test(line) || row.bytes !== 10_240) return []
  return [
    { why: `counts with its size as ${number}`, line: line.replace(size, number), row },
    { why: `has no size with a fraction of ${number}`, line: line.replace(size, '10240.5'), rejected: 'bad_bytes' },
  ]
}

/** The same object with blanks, as other programs write it. */
const spaced = (line: string) => line.replaceAll(/"(:|,(?="))/g, '" $1 ').replaceAll(/[{}]/g, ' $& ')

/** Letters up to \xff as a byte each. */
const inBytes = (text: string) => Buffer.from(text, 'latin1')
