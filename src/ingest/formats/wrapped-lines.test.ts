import { describe, expect, it } from 'vitest'
import { logFormats } from './known-formats.ts'
import type { LogFormat } from './line/log-format.ts'
import { formatByName, recogniseFormat, statedFormat } from './recognise.ts'
import { wrappings } from './wrapping/known-wrappings.ts'

const pairs = wrappings.flatMap((wrapping) => logFormats.map((format) => ({ wrapping, format })))
const head = (lines: readonly string[]) => Buffer.from(`${lines.join('\n')}\n`)

describe('a line of lighttpd', () => {
  it('is not taken for Varnish’s because a client asks for another host', () => {
    const line = `198.51.100.7 www.example.com - [01/Sep/2026:08:00:01 +0800] "GET http://victim.test/a HTTP/1.1" 200 1 "-" "x"`
    expect(recogniseFormat(logFormats, head([line]), true)?.name).toBe('combined_host_second')
  })
})

describe('a wrapped line', () => {
  it.each(pairs.map(({ wrapping, format }) => ({ wrapping, format, name: `${wrapping.name}+${format.name}` })))(
    'is taken for $name',
    ({ wrapping, format, name }) => {
      const line = wrapping.example(format.example)
      expect(wrapping.unwrapped(line)).toBe(format.example)
      expect(recogniseFormat(logFormats, head([line, line]), true)?.name).toBe(name)
      expect(formatByName(logFormats, name)?.name).toBe(name)
      expect(statedFormat(logFormats, format, { head: head([line]), isWhole: true }).format.name).toBe(name)
    },
  )

  const twice = wrappings.flatMap((outer) => wrappings.map((inner) => ({ outer, inner })))
  it.each(
    twice
      .filter(({ outer, inner }) => outer !== inner)
      .map((pair) => ({ ...pair, name: `${pair.outer.name}+${pair.inner.name}` })),
  )('may be wrapped twice: $name', ({ outer, inner, name }) => {
    for (const within of ['nginx_json', 'combined']) {
      const format = formatByName(logFormats, within) as LogFormat
      const line = outer.example(inner.example(format.example))
      const found = recogniseFormat(logFormats, head([line, line]), true)
      // One known wrapping is what two others make together.
      expect(found?.name).toBe(`${name === 'kubectl+timestamps' ? 'kubectl_timestamps' : name}+${within}`)
      expect(found?.wrapping?.unwrapped(line)).toBe(format.example)
      expect(formatByName(logFormats, `${name}+${within}`)?.name).toBe(`${name}+${within}`)
    }
  })

  it('of no format is not taken for one with the prefix in its fields', () => {
    for (const { example } of wrappings) expect(recogniseFormat(logFormats, head([example('hello')]), true)).toBeNull()
  })

  it.each([
    'Sep 11 00:00:00 web1 nginx: ',
    '<134>2026-09-01T00:00:00Z cache-fra1234 access[62959]: ',
    '83 <190>1 2026-09-01T00:00:00.000+00:00 web1 nginx 77 - [x@1 a="b\\"]"] ',
    '<190>Sep  1 08:00:01 nginx: ',
    '\x1b[36mweb-1  | \x1b[0m',
    '2026-09-01T00:00:00.613304+00:00 192.0.2.1  ',
    '[pod/web/nginx] 2026-09-01T00:00:01.5Z ',
  ])('may begin with %j', (prefix) => {
    const combined = formatByName(logFormats, 'combined') as LogFormat
    expect(recogniseFormat(logFormats, head([`${prefix}${combined.example}`]), true)?.wrapping).toBeDefined()
  })

  it('may be of another format than was stated, which is named', () => {
    const combined = formatByName(logFormats, 'combined') as LogFormat
    const vhost = formatByName(logFormats, 'combined_vhost') as LogFormat
    const stated = statedFormat(logFormats, combined, { head: head([vhost.example]), isWhole: true })
    expect(stated.other?.name).toBe('combined_vhost')
  })
})
