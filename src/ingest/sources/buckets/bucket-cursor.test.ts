import { describe, expect, it } from 'vitest'
import { cursorAfter, isAfter, lookbackKey, newCursor, parseCursor } from './bucket-cursor.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs
/** An object written at the hour in its key. */
const hourly = (hour: number) => ({ key: `k${String(hour).padStart(4, '0')}`, modifiedMs: hour * hourMs })
const hours = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => hourly(from + i))
const fresh = newCursor('s3://logs/')

describe('where a listing in order goes on', () => {
  it('is before the first object that is younger than the lookback, half an hour at most', () => {
    const nowMs = 100 * hourMs
    const cursor = cursorAfter(fresh, hours(0, 100), dayMs, nowMs)
    expect(cursor.after).toBe('k0099')
    // k0076 was written exactly a day before, so it is not younger.
    expect(lookbackKey(cursor, dayMs, nowMs)).toBe('k0075')
    expect(lookbackKey(cursor, dayMs, nowMs + hourMs)).toBe('k0076')
    expect(lookbackKey(cursor, dayMs, nowMs + 30 * dayMs)).toBe('k0099')
  })

  it('is the beginning while everything is younger', () => {
    const cursor = cursorAfter(fresh, hours(0, 10), dayMs, 10 * hourMs)
    expect(lookbackKey(cursor, dayMs, 10 * hourMs)).toBe('')
  })

  it('stays where it is when objects come late, under keys that are behind it', () => {
    const nowMs = 100 * hourMs
    const before = cursorAfter(fresh, hours(0, 100), dayMs, nowMs)
    const late = { key: 'k0050-late', modifiedMs: nowMs }
    expect(cursorAfter(before, [late, hourly(99)], dayMs, nowMs)).toEqual(before)
  })

  it('stands before one that is young, though older ones follow', () => {
    const objects = [hourly(1), { key: 'k0002', modifiedMs: 99 * hourMs }, hourly(3), hourly(4)]
    const cursor = cursorAfter(fresh, objects, dayMs, 100 * hourMs)
    expect(lookbackKey(cursor, dayMs, 100 * hourMs)).toBe('k0001')
    expect(lookbackKey(cursor, dayMs, 124 * hourMs)).toBe('k0004')
  })

  it('is remembered in few steps, however many objects there are', () => {
    const cursor = cursorAfter(fresh, hours(0, 9_000), dayMs, 9_000 * hourMs)
    expect(cursor.trail.length).toBeLessThan(60)
    const young = Array.from({ length: 9_000 }, (_, i) => ({ key: `k${10_000 + i}`, modifiedMs: i }))
    expect(cursorAfter(fresh, young, dayMs, 0).trail.length).toBeLessThan(60)
  })

  it('is forgotten with the settings that it is of', () => {
    const text = JSON.stringify(cursorAfter(fresh, hours(0, 3), dayMs, 0))
    expect(parseCursor(text, 's3://logs/').after).toBe('k0002')
    expect(parseCursor(text, 's3://logs/other/')).toEqual(newCursor('s3://logs/other/'))
    expect(parseCursor(null, 's3://logs/')).toEqual(fresh)
  })
})

describe('the order of keys', () => {
  it.each([
    ['b', 'a', true],
    ['a', 'a', false],
    ['a/b', 'a-b', true],
    // By UTF-16 the second key would come first.
    ['\u{1F600}', '\uFF5E', true],
  ])('is that of their bytes: %s after %s: %s', (key, other, is) => {
    expect(isAfter(key, other)).toBe(is)
  })
})
