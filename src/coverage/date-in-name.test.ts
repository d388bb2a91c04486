import { describe, expect, it } from 'vitest'
import { datedNames } from '../../test/harness/dated-names.ts'
import { dayInName } from './date-in-name.ts'

describe('the date in a file’s name', () => {
  it.each(datedNames)('%s is %s', (name, date) => {
    expect(dayInName(name)).toBe(date === null ? null : Date.parse(date) / 86_400_000)
  })
})
