import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { parseConfig } from '../../src/config/config.ts'
import { readLogo } from '../../src/web-console/logo.ts'
import { temporaryDirectory } from '../harness/directory.ts'
import { expectError, send } from '../harness/requests.ts'
import { startTestServer } from '../harness/server.ts'

const svg =
  '<?xml version="1.0"?>\n<!-- a logo -->\n<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
const png = Buffer.from('89504e470d0a1a0a0000000d', 'hex')
const webp = Buffer.from('RIFF\x04\x00\x00\x00WEBPVP8 ', 'latin1')

async function fileOf(bytes: Buffer | string, name = 'logo.bin'): Promise<string> {
  const directory = await temporaryDirectory()
  onTestFinished(directory.remove)
  await writeFile(join(directory.path, name), bytes)
  return join(directory.path, name)
}

async function serverWith(flags: Record<string, string>) {
  const server = await startTestServer(flags)
  onTestFinished(server.stop)
  return server
}

describe('branding', () => {
  it('is the operator’s, for everybody; a logo may do nothing but show itself', async () => {
    const server = await serverWith({ consoleName: '云 CDN <b>', consoleLogo: await fileOf(svg) })
    const { json } = await send(server.endpoint, { target: '/console/branding' })
    expect(json).toEqual({ name: '云 CDN <b>', has_logo: true, version: expect.stringMatching(/^\d+\.\d+\.\d+/) })
    const logo = await send(server.endpoint, { target: '/console/logo' })
    expect([logo.status, logo.text]).toEqual([200, svg])
    expect(logo.headers).toMatchObject({
      'content-type': 'image/svg+xml',
      'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; sandbox",
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-cache',
    })
    const { etag = '' } = logo.headers
    expect((await send(server.endpoint, { target: '/console/logo', headers: { 'If-None-Match': etag } })).status).toBe(
      304,
    )
  })

  it('is the program’s where nothing is set', async () => {
    const server = await serverWith({})
    const { json } = await send(server.endpoint, { target: '/console/branding' })
    expect(json).toMatchObject({ name: 'Fluxport', has_logo: false })
    expectError(await send(server.endpoint, { target: '/console/logo' }), 404, 'APIGW.0101')
  })
})

describe('a logo', () => {
  it.each([
    ['image/png', png],
    ['image/webp', webp],
    ['image/svg+xml', svg],
    ['image/svg+xml', '\uFEFF<!DOCTYPE svg>\n<svg>'],
  ])('is %s by its bytes', async (type, bytes) => {
    expect((await readLogo(await fileOf(bytes, 'logo.exe'))).type).toBe(type)
  })

  it.each([
    ['a page', '<!doctype html><svg></svg>', /no PNG, SVG or WebP/],
    ['an empty file', '', /no PNG, SVG or WebP/],
    ['GIF', 'GIF89a', /no PNG, SVG or WebP/],
    ['one byte too many', Buffer.concat([png, Buffer.alloc(256 * 1024 - png.length + 1)]), /at most 262144/],
  ])('is refused at the start: %s', async (_name, bytes, says) => {
    await expect(readLogo(await fileOf(bytes, 'logo.png'))).rejects.toThrow(says)
  })

  it('that is not there is named', async () => {
    await expect(readLogo('/nowhere/logo.png')).rejects.toThrow('--console-logo (FLUXPORT_CONSOLE_LOGO): /nowhere')
  })

  it('with the most bytes is taken', async () => {
    const most = Buffer.concat([png, Buffer.alloc(256 * 1024 - png.length)])
    expect((await readLogo(await fileOf(most))).bytes.length).toBe(262_144)
  })
})

it.each([
  ['', false],
  ['x'.repeat(80), true],
  ['x'.repeat(81), false],
  ['a\nb', false],
  ['a\u202Eb', false],
])('the name %j is allowed: %s', (name, allowed) => {
  const parse = () => parseConfig({}, { FLUXPORT_CONSOLE_NAME: name })
  if (allowed) expect(parse().consoleName).toBe(name)
  else if (name === '') expect(parse().consoleName).toBeNull()
  else expect(parse).toThrow('--console-name (FLUXPORT_CONSOLE_NAME)')
})
