import { expect, it } from 'vitest'
import { fileSpanOf } from '../../coverage/file-span.ts'
import { keptNameOf, spanOfLog } from './kept-name.ts'

const at = (text: string) => Date.parse(`${text}+08:00`)
const hour = (start: string, end: string) => ({ startMs: at(start), endMs: at(end) })
const eight = hour('2026-09-01T08:00', '2026-09-01T09:00')

it.each([
  ['its name’s hour', '2026090108-a.test-cn.gz', '08:00:00', '08:59:59', eight],
  ['its name’s hour, though a request began before', 'in/2026090108-a.test-cn.gz', '07:59:58', '08:59:59', eight],
  ['its requests’ hours, if its name is of another day', '2026080108-a.test-cn.gz', '08:10:00', '08:20:00', eight],
  ['its requests’ hours', 'access.log', '08:59:59', '09:00:00', hour('2026-09-01T08:00', '2026-09-01T10:00')],
])('a log is of %s', (_, name, first, last, span) => {
  const [first_time_ms, last_time_ms] = [first, last].map((time) => at(`2026-09-01T${time}`))
  const times = { first_time_ms: first_time_ms ?? null, last_time_ms: last_time_ms ?? null, domains: ['a.test'] }
  expect(spanOfLog(name, times)).toEqual(span)
})

it('a log without a request is of no time', () => {
  expect(spanOfLog('2026090108-a.test-cn.gz', { first_time_ms: null, last_time_ms: null, domains: [] })).toBeNull()
})

const named = (domains: string[], area: string) =>
  keptNameOf({ id: '0123456789abcdef0123456789abcdef', startMs: eight.startMs, domains, area })

it('a name has hour, domain and area, and the id is never read as a part of the domain', () => {
  const names = [named(['a.test'], 'outside_mainland_china'), named(['a.test'], 'by_country'), named(['a', 'b'], 'x')]
  expect(names).toEqual([
    '2026090108-a.test-ov-0123456789abcdef.gz',
    '2026090108-a.test~0123456789abcdef.gz',
    '2026090108-2~domains~0123456789abcdef.gz',
  ])
  expect(names.map((name) => fileSpanOf(name))).toEqual([{ domain: 'a.test', ...eight }, null, null])
  expect(fileSpanOf(named(['a', 'b'], 'mainland_china'))).toBeNull()
})
