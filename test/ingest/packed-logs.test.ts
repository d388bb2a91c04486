import { buffer } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import { packTar } from 'modern-tar'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ZipFile } from 'yazl'
import { combinedLine } from '../harness/log-lines.ts'
import { startTestServer, type TestServer } from '../harness/server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.stop())

/** Lines of a file; its last line has no end. */
const log = (file: string, lines: number) =>
  Buffer.from(
    Array.from({ length: lines }, (_, n) => combinedLine({ path: `/${file}/${n}`, bytes: 1_000 }))
      .join('')
      .trimEnd(),
  )

type Files = Record<string, Buffer>
const tar = async (files: Files) =>
  Buffer.from(
    await packTar(Object.entries(files).map(([name, body]) => ({ header: { name, size: body.length }, body }))),
  )
async function zip(files: Files, compress = true) {
  const archive = new ZipFile()
  for (const [name, bytes] of Object.entries(files)) archive.addBuffer(bytes, name, { compress })
  archive.end()
  return await buffer(archive.outputStream as NodeJS.ReadableStream)
}

let count = 0
async function load(content: Buffer) {
  count += 1
  const name = `packed-${count}`
  return (await server.load(content, { name, source: name, domain: `${name}.test` })).json
}

const files = (mark: string): Files => ({
  'var/log/access.log': log(`${mark}-a`, 3),
  'var/log/access.log.1': log(`${mark}-b`, 2),
  'var/log/access.log.2.gz': gzipSync(log(`${mark}-c`, 4)),
  '__MACOSX/._access.log': Buffer.from('\0\0\0'),
})

describe('a packed log', () => {
  it.each([
    ['a tar archive', () => tar(files('tar'))],
    ['a tar archive within gzip', async () => gzipSync(await tar(files('tgz')))],
    ['a ZIP archive', () => zip(files('zip'))],
    ['a ZIP archive of stored files', () => zip(files('stored'), false)],
  ])('counts every line of %s', async (_, pack) => {
    const json = await load(await pack())
    expect(json).toMatchObject({ state: 'loaded', format: 'combined', lines: 9, requests: 9, flux: 9_000 })
  })

  it.each([
    ['little-endian', (text: Buffer) => Buffer.from(`\ufeff${text}`, 'utf16le')],
    ['big-endian', (text: Buffer) => Buffer.from(`\ufeff${text}`, 'utf16le').swap16()],
    ['little-endian without a mark', (text: Buffer) => Buffer.from(`${text}`, 'utf16le')],
    ['within gzip', (text: Buffer) => gzipSync(Buffer.from(`\ufeff${text}`, 'utf16le'))],
  ])('counts every line of UTF-16, %s', async (mark, encoded) => {
    const json = await load(encoded(log(mark.replaceAll(' ', '-'), 5)))
    expect(json).toMatchObject({ state: 'loaded', lines: 5, requests: 5, flux: 5_000 })
  })

  it('counts the files of every directory', async () => {
    const packed = await tar({ 'a.log': log('here', 2), '../b.log': log('above', 3), '.old/.c.log': log('hidden', 4) })
    expect(await load(packed)).toMatchObject({ state: 'loaded', requests: 9 })
  })

  it('is the same log when it is packed again in another way', async () => {
    const same = files('same')
    await server.load(await tar(same), { name: 'one.tar', source: 'same', domain: 'same.test' })
    const { json } = await server.load(gzipSync(await tar(same)), {
      name: 'two.tar.gz',
      source: 'same',
      domain: 'same.test',
    })
    expect(json).toMatchObject({ state: 'duplicate' })
  })

  it.each([
    ['a cut tar archive', async () => (await tar({ a: log('cut', 40) })).subarray(0, 2_000), 'FLUXPORT.0102'],
    ['a cut ZIP archive', async () => (await zip({ a: log('cut', 40) })).subarray(0, -30), 'FLUXPORT.0102'],
    ['an empty tar archive', () => tar({ '.DS_Store': Buffer.from('x') }), 'FLUXPORT.0102'],
    ['a ZIP archive within a tar archive', async () => tar({ 'a.zip': await zip(files('inner')) }), 'FLUXPORT.0102'],
    ['gzip within gzip', () => gzipSync(gzipSync(log('twice', 3))), 'FLUXPORT.0102'],
    ['a ZIP archive within gzip', async () => gzipSync(await zip(files('twice'))), 'FLUXPORT.0102'],
    [
      'a ZIP archive that expands without bound',
      () => zip({ a: Buffer.alloc(300 * 1024 ** 2, 0x61) }),
      'FLUXPORT.0108',
    ],
  ])('is refused when it is %s', async (_, pack, code) => {
    const json = await load(await pack())
    expect(JSON.stringify(json)).toContain(code)
    expect(JSON.stringify(json)).not.toContain('FLUXPORT.0001')
  })

  it('counts in a push', async () => {
    for (const [at, body] of [
      await tar(files('push')),
      gzipSync(await tar(files('push-gz'))),
      await zip(files('push-zip')),
    ].entries()) {
      const { json } = await server.load(body, {
        source: `pushed-${at}`,
        domain: `pushed-${at}.test`,
        delivery: 'push',
      })
      expect(json).toMatchObject({ state: 'loaded', requests: 9 })
    }
  })
})
