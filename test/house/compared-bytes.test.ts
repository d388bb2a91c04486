import { buffer } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { ZipFile } from 'yazl'
import { compareFile } from '../../scripts/bytes-but-for-version.mjs'

/** A workbook's archive, as far as it is compared. */
async function workbook(version: string, figure: number) {
  const archive = new ZipFile()
  archive.addBuffer(Buffer.from(`<v>${figure}</v>`), 'sheet1.xml')
  archive.addBuffer(Buffer.from(`<t>Fluxport ${version}</t>`), 'sheet2.xml')
  archive.end()
  return await buffer(archive.outputStream)
}
const xlsx = async (version: string, figure = 1) => ({ name: 'a.xlsx', bytes: await workbook(version, figure) })
const gz = async (version: string, figure = 1) => ({
  name: 'a.xlsx.gz',
  bytes: gzipSync(await workbook(version, figure)),
})
const csv = (text: string) => ({ name: 'a.csv', bytes: Buffer.from(text) })
const manifest = (said: object) => ({
  name: 'a.csv.manifest.json',
  bytes: Buffer.from(JSON.stringify({ data_version: 1, files: [{ name: 'a.csv', sha256: 'x' }], ...said })),
})

it.each([
  ['the same bytes', csv('1'), csv('1'), 'same'],
  ['workbooks of two versions', await xlsx('0.1.0'), await xlsx('0.2.0'), 'same but for the version'],
  ['the same, compressed', await gz('0.1.0'), await gz('0.12.0'), 'same but for the version'],
  [
    'manifests of two builds',
    manifest({ product_version: '0.1.0', created_at: 1 }),
    manifest({ product_version: '0.2.0', product_commit: 'a', created_at: 2 }),
    'same but for the version',
  ],
])('finds equal: %s', async (_what, one, other, how) => {
  expect(await compareFile(one, other)).toEqual({ difference: null, how })
})

it.each([
  ['a figure', csv('12,3'), csv('12,4'), 'from byte 3'],
  ['what is missing at the end', csv('12'), csv('123'), '2 and 3 bytes'],
  ['a figure in a workbook', await xlsx('0.1.0', 1), await xlsx('0.2.0', 2), 'bytes, from byte'],
  ['a figure in a compressed one', await gz('0.1.0', 1), await gz('0.2.0', 2), 'bytes, from byte'],
  ['a manifest', manifest({}), manifest({ data_version: 2 }), '/data_version: 1 and 2'],
  ['what only a newer manifest has', manifest({}), manifest({ notes: ['a'] }), '/notes: undefined and ["a"]'],
  [
    'a digest in a manifest',
    manifest({}),
    manifest({ files: [{ name: 'a.csv', sha256: 'y' }] }),
    '/files/0/sha256: "x" and "y"',
  ],
  ['another order in a manifest', manifest({ a: 1, b: 2 }), manifest({ b: 2, a: 1 }), '/: the same, in another order'],
  ['a file that one build alone makes', csv('1'), undefined, 'only the older build makes it'],
  ['another name', csv('1'), { ...csv('1'), name: 'b.csv' }, 'a.csv is called b.csv'],
])('finds what differs: %s', async (_what, one, other, said) => {
  expect((await compareFile(one, other)).difference).toContain(said)
})
