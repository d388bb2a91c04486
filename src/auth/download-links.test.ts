import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createDownloadLinks } from './download-links.ts'

const key = Buffer.from('made-up key for links, 32 bytes!')
const completedAtMs = 1_800_000_000_400
const file = { taskId: '17', fileName: 'flux 日报.csv', completedAtMs }

function openLinks(options: { lifetimeSeconds?: number; publicUrl?: string; key?: Buffer } = {}) {
  const clock = { nowMs: completedAtMs }
  const links = createDownloadLinks({
    key: options.key ?? key,
    publicUrl: () => options.publicUrl ?? 'https://stats.example.net',
    lifetimeSeconds: options.lifetimeSeconds ?? 900,
    nowMs: () => clock.nowMs,
  })
  return { clock, links }
}

/** Parses a link as the download route does. */
function parse(link: string | null) {
  const url = new URL(String(link))
  const [taskId = '', fileName = ''] = url.pathname.split('/').slice(-2).map(decodeURIComponent)
  const { expires = '', signature = '' } = Object.fromEntries(url.searchParams)
  return { taskId, fileName, expires, signature }
}

describe('a download link', () => {
  // The HMAC was made with `openssl dgst -sha256 -mac HMAC` over the text ["download","17","flux 日报.csv","1800000900"].
  it('holds task, name, expiry and signature, as computed by hand', () => {
    expect(openLinks().links.link(file)).toBe(
      'https://stats.example.net/downloads/17/flux%20%E6%97%A5%E6%8A%A5.csv?expires=1800000900' +
        '&signature=024443cba2e910ca5a955574569898faa959bd512d979b0948d4fce427726df2',
    )
  })

  it.each([
    { publicUrl: 'http://127.0.0.1:8080/', start: 'http://127.0.0.1:8080/downloads/17/' },
    { publicUrl: 'https://example.net/cdn//', start: 'https://example.net/cdn/downloads/17/' },
  ])('starts with the public URL $publicUrl', ({ publicUrl, start }) => {
    expect(openLinks({ publicUrl }).links.link(file)).toMatch(new RegExp(`^${start}flux`))
  })

  it('follows the public URL, which is known only once the server listens', () => {
    let port = 0
    const publicUrl = () => `http://127.0.0.1:${port}`
    const links = createDownloadLinks({ key, publicUrl, lifetimeSeconds: 900, nowMs: () => 0 })
    port = 8080
    expect(new URL(String(links.link(file))).port).toBe('8080')
  })

  it('verifies for any task and name that are not dots', () => {
    const { links } = openLinks()
    const name = fc.string({ unit: 'binary' }).filter((text) => text !== '.' && text !== '..')
    fc.assert(
      fc.property(name, name, (taskId, fileName) => {
        const parsed = parse(links.link({ taskId, fileName, completedAtMs }))
        expect(parsed).toMatchObject({ taskId, fileName })
        expect(links.verify(parsed)).toBe(true)
      }),
    )
  })

  it.each([
    { why: 'at once', afterMs: 0, valid: true },
    { why: 'in the last millisecond before its expiry', afterMs: 899_599, valid: true },
    { why: 'at its expiry', afterMs: 899_600, valid: false },
    { why: 'a year later', afterMs: 365 * 86_400_000, valid: false },
  ])('of 900 s, made 0.4 s into a second, verifies $why: $valid', ({ afterMs, valid }) => {
    const { clock, links } = openLinks()
    const parsed = parse(links.link(file))
    clock.nowMs += afterMs
    expect(links.verify(parsed)).toBe(valid)
  })
})

describe('an altered link', () => {
  const { links } = openLinks()
  const good = parse(links.link(file))

  it.each([
    { why: 'another task', change: { taskId: '18' } },
    { why: 'another name', change: { fileName: 'other.csv' } },
    { why: 'a name in another case', change: { fileName: good.fileName.toUpperCase() } },
    { why: 'a character moved from the name to the task', change: { taskId: '17f', fileName: 'lux 日报.csv' } },
    { why: 'a later expiry', change: { expires: '1800000901' } },
    { why: 'an expiry with a zero before', change: { expires: '01800000900' } },
    { why: 'an expiry that is no number', change: { expires: 'never' } },
    { why: 'an empty expiry', change: { expires: '' } },
    { why: 'an expiry in exponential form', change: { expires: '18000009e2' } },
    { why: 'an endless expiry', change: { expires: 'Infinity' } },
    { why: 'an empty signature', change: { signature: '' } },
    { why: 'a cut signature', change: { signature: good.signature.slice(0, 62) } },
    { why: 'a longer signature', change: { signature: `${good.signature}00` } },
    { why: 'an upper-case signature', change: { signature: good.signature.toUpperCase() } },
    { why: 'a signature that is not hex', change: { signature: 'zz'.repeat(32) } },
  ])('does not verify: $why', ({ change }) => {
    expect(links.verify(good)).toBe(true)
    expect(links.verify({ ...good, ...change })).toBe(false)
  })

  it('does not verify with any digit of the signature changed', () => {
    for (let at = 0; at < 64; at++) {
      const digit = good.signature[at] === '0' ? '1' : '0'
      expect(
        links.verify({ ...good, signature: good.signature.slice(0, at) + digit + good.signature.slice(at + 1) }),
      ).toBe(false)
    }
  })

  it('does not verify when another key made it', () => {
    const other = openLinks({ key: Buffer.from('another key for links, 32 bytes!') })
    expect(other.links.verify(good)).toBe(false)
  })

  it('never throws, whatever it holds', () => {
    const text = fc.string({ unit: fc.constantFrom('\ud800', '0', 'a', '.', '/', '😀', ' ') })
    fc.assert(
      fc.property(text, text, text, text, (taskId, fileName, expires, signature) => {
        expect(links.verify({ taskId, fileName, expires, signature })).toBe(false)
        expect(() => links.link({ taskId, fileName, completedAtMs })).not.toThrow()
      }),
    )
  })
})

describe('the lifetime of a link', () => {
  it('counts from the completion of the file, not from when it is read, and there is no link after it', () => {
    const { clock, links } = openLinks({ lifetimeSeconds: 900 })
    const first = links.link(file)
    clock.nowMs += 899_000
    expect(links.link(file)).toBe(first)
    clock.nowMs += 1_000
    expect(links.link(file)).toBeNull()
  })
})

describe('createDownloadLinks', () => {
  it('refuses a key under 32 bytes', () => {
    expect(() => openLinks({ key: Buffer.alloc(31) })).toThrow('at least 32 bytes, not 31')
  })

  it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])('refuses a lifetime of %d s', (lifetimeSeconds) => {
    expect(() => openLinks({ lifetimeSeconds })).toThrow(`not ${lifetimeSeconds}`)
  })
})
