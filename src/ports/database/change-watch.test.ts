import { expect, it } from 'vitest'
import { watchChanges } from './change-watch.ts'

const clock = { nowMs: 0 }
const watched = (mark: { value: string | null }) => watchChanges({ changeMark: () => mark.value }, () => clock.nowMs)

it('asks for a look until one has found nothing, and again after a change', () => {
  const mark = { value: '1' }
  const changes = watched(mark)
  expect(changes.mustLook()).toBe(true)
  changes.begin()
  expect(changes.mustLook()).toBe(true)
  changes.begin()()
  expect(changes.mustLook()).toBe(false)
  mark.value = '2'
  expect(changes.mustLook()).toBe(true)
})

it('asks for a look after a change that came during the last one', () => {
  const mark = { value: '1' }
  const changes = watched(mark)
  const rest = changes.begin()
  mark.value = '2'
  rest()
  expect(changes.mustLook()).toBe(true)
})

it('asks for a look when work is due, and after five seconds', () => {
  clock.nowMs = 1_000
  const changes = watched({ value: '1' })
  changes.begin()(1_300)
  clock.nowMs = 1_299
  expect(changes.mustLook()).toBe(false)
  clock.nowMs = 1_300
  expect(changes.mustLook()).toBe(true)
  changes.begin()(null)
  clock.nowMs = 6_299
  expect(changes.mustLook()).toBe(false)
  clock.nowMs = 6_300
  expect(changes.mustLook()).toBe(true)
})

it('asks for every look where the database cannot tell', () => {
  const changes = watched({ value: null })
  changes.begin()()
  expect(changes.mustLook()).toBe(true)
})
