import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { serverOptions } from '../../src/config/config.ts'
import { errorCatalogue } from '../../src/errors.ts'
import { limitNames } from '../../src/turns/limit-counts.ts'
import { asking } from './asking.ts'
import { keptLogs } from './keeping.ts'
import { type Driver, receiving } from './receiving.ts'

const page = readFileSync(new URL('../../docs/reference/limits.md', import.meta.url), 'utf8')

/** The cells of the table under a heading, its head left out. */
function rowsUnder(heading: string): string[][] {
  const section = page.split(/^## /m).find((text) => text.startsWith(heading)) ?? ''
  const lines = section.split('\n').filter((line) => line.startsWith('|'))
  return lines.slice(2).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  )
}

const limits = rowsUnder('Of each account').map(([name = '', , ...cells]) => ({
  name: name.replaceAll('`', ''),
  cells: cells.join(' '),
}))
const ofTheServer = rowsUnder('Of the server').map(([setting = '']) => setting)
const drivers: Record<string, Driver> = { ...receiving, ...asking, 'kept-logs': keptLogs }

/** Settings that limit something: a number at which something is refused, waits, or is cut. */
const limiting = serverOptions.filter(({ flag }) =>
  /-max$|-at-once|-per-second$|-concurrency$|-reserve-bytes$|-memory-bytes$|-stall-seconds$/.test(flag),
)

describe('the table of limits', () => {
  it('has a row for every setting that is a limit', () => {
    const text = limits.map(({ cells }) => cells).join(' ') + ofTheServer.join(' ')
    expect(limiting.length).toBeGreaterThan(20)
    for (const { flag } of limiting) expect(text, flag).toContain(`\`--${flag}\``)
  })

  it('names no setting and no error that there is not', () => {
    const flags = [...page.matchAll(/`--([a-z-]+)`/g)].map(([, flag]) => flag)
    for (const flag of flags) expect(serverOptions.map((option) => option.flag)).toContain(flag)
    const codes = [...page.matchAll(/\b(?:CDN|APIGW|FLUXPORT)\.\d{4}\b/g)].map(([code]) => code)
    for (const code of codes) expect(Object.keys(errorCatalogue)).toContain(code)
  })

  it('names every limit that the metric counts', () => {
    for (const name of limitNames) expect(limits.map((limit) => limit.name)).toContain(name)
  })

  it('has a row for each driver, and a driver for each row', () => {
    expect(limits.map(({ name }) => name).sort()).toEqual(Object.keys(drivers).sort())
  })
})

describe('an account at its limit is answered so, and another is served meanwhile:', () => {
  it.each(limits)('$name', ({ name }) => drivers[name]?.())
})
