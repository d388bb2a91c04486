import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const built = fileURLToPath(new URL('../../dist/console/', import.meta.url))
const kB = 1000

/** Bytes of files as they go over the wire, packed by gzip. */
const bytesOf = (names: readonly string[]) =>
  names.reduce((sum, name) => sum + readFileSync(`${built}assets/${name}.gz`).length, 0)

describe.skipIf(!existsSync(built))('sizes of the console', () => {
  const names = readdirSync(`${built}assets`)
  const scripts = names.filter((name) => name.endsWith('.js'))
  const styles = names.filter((name) => name.endsWith('.css'))
  const index = readFileSync(`${built}index.html`, 'utf8')
  const first = scripts.filter((name) => index.includes(name))

  /** Scripts that a script loads before it runs, and those that they load. */
  const withImports = (name: string, seen = new Set<string>()): Set<string> => {
    if (seen.has(name)) return seen
    seen.add(name)
    const text = readFileSync(`${built}assets/${name}`, 'utf8')
    for (const [, target = ''] of text.matchAll(/(?:import|from)\s*["']\.\/([^"']+\.js)["']/g))
      withImports(target, seen)
    return seen
  }

  it('of the first route: at most 120 kB of scripts and 12 kB of styles; of all: 200 kB', () => {
    const month =
      scripts.find(
        (name) =>
          readFileSync(`${built}assets/${name}`, 'utf8').includes('/api/v1/month-deliveries') && !first.includes(name),
      ) ?? ''
    const route = new Set([...first, ...withImports(month)].flatMap((name) => [...withImports(name)]))
    expect(bytesOf([...route])).toBeLessThanOrEqual(120 * kB)
    expect(bytesOf(styles)).toBeLessThanOrEqual(12 * kB)
    expect(bytesOf(scripts)).toBeLessThanOrEqual(200 * kB)
  })

  it('of any further route: at most 25 kB', () => {
    const pages = scripts.filter((name) => name.startsWith('page-'))
    expect(pages.length).toBeGreaterThanOrEqual(9)
    for (const page of pages) expect(bytesOf([page]), page).toBeLessThanOrEqual(25 * kB)
  })

  it('nothing is inline in the page, and nothing is asked of elsewhere', () => {
    expect(index).not.toMatch(/<script(?![^>]*src=)/)
    expect(index).not.toMatch(/<style|style=|https?:/)
  })
})
