import { describe, expect, it } from 'vitest'
import { writeMmdb, writeXdb } from '../../test/harness/geo-files.ts'
import { formatAddress, parseAddress } from './address.ts'
import { readGeoFile } from './geo-file.ts'
import { GeoFileError } from './geo-file-error.ts'
import { placeOf } from './source-places.ts'

const at = (text: string) => parseAddress(text) ?? 0n
const v4 = (text: string) => at(text) - at('0.0.0.0')

/** Reads a file's ranges as `first-last place`. */
async function read(file: Buffer, name = 'file'): Promise<string[]> {
  const found: string[] = []
  for await (const { first, last, value } of readGeoFile(file, name).ranges)
    found.push(`${formatAddress(first)}-${formatAddress(last)} ${Object.values(placeOf(value)).join('/')}`)
  return found
}

const xdbs = {
  'structure 2, with areas': writeXdb(2, 4, [
    { first: v4('0.0.0.0'), last: v4('1.0.0.255'), region: '0|0|0|内网IP|内网IP' },
    { first: v4('1.0.1.0'), last: v4('1.0.3.255'), region: '中国|0|福建省|福州市|电信' },
    { first: v4('1.0.4.0'), last: v4('255.255.255.255'), region: '美国|0|佛罗里达|0|0' },
  ]),
  'structure 3, four fields': writeXdb(3, 4, [
    { first: v4('0.0.0.0'), last: v4('1.0.0.255'), region: '0|0|0|0' },
    { first: v4('1.0.1.0'), last: v4('1.0.3.255'), region: '中国|福建省|福州市|电信' },
    { first: v4('1.0.4.0'), last: v4('255.255.255.255'), region: 'United States|Florida|0|0' },
  ]),
  'structure 3, with codes': writeXdb(3, 4, [
    { first: v4('0.0.0.0'), last: v4('1.0.0.255'), region: '0|0|0|0|0' },
    { first: v4('1.0.1.0'), last: v4('1.0.3.255'), region: '中国|福建省|福州市|中国电信|CN' },
    { first: v4('1.0.4.0'), last: v4('255.255.255.255'), region: 'United States|Florida|0|0|US' },
  ]),
}
const city = (country: string, subdivision: string, isp: string) => ({
  country: { iso_code: country, names: { en: 'x'.repeat(40) } },
  subdivisions: [{ iso_code: subdivision }],
  traits: { isp },
})
const mmdb = (recordBits: 24 | 28 | 32) =>
  writeMmdb(
    [
      { first: v4('1.0.1.0'), bits: 120, value: city('CN', 'FJ', 'China Telecom') },
      { first: v4('8.0.0.0'), bits: 104, value: city('US', 'FL', 'Level 3') },
      { first: at('2409:8000::'), bits: 20, value: city('CN', 'BJ', 'China Mobile') },
    ],
    recordBits,
  )

describe('a file of geographic data', () => {
  it.each(Object.entries(xdbs))('is read when it is ip2region’s of %s', async (_, file) => {
    expect(readGeoFile(file, 'a.xdb').source).toEqual({ name: 'a.xdb', covers: 'ip2region, IPv4', date: '2026-03-01' })
    expect(await read(file)).toEqual([
      '0.0.0.0-1.0.0.255 qita//qita',
      '1.0.1.0-1.0.3.255 cn/fujian/dianxin',
      '1.0.4.0-255.255.255.255 us//qita',
    ])
  })

  it('is read when it is ip2region’s of IPv6', async () => {
    const last = (1n << 128n) - 1n
    const file = writeXdb(3, 6, [
      { first: at('240e::'), last: at('240e::ffff'), region: '中国|江苏省|0|电信|CN' },
      { first: at('2a00::'), last, region: 'Germany|0|0|0|DE' },
    ])
    expect(await read(file)).toEqual([
      '240e:0:0:0:0:0:0:0-240e:0:0:0:0:0:0:ffff cn/jiangsu/dianxin',
      `2a00:0:0:0:0:0:0:0-${formatAddress(last)} de//qita`,
    ])
  })

  it.each([24, 28, 32] as const)('is read when it is MaxMind’s with records of %i bits', async (bits) => {
    const file = mmdb(bits)
    expect(readGeoFile(file, 'a.mmdb').source).toMatchObject({
      covers: 'MMDB Test-City, IPv4 and IPv6',
      date: '2026-04-01',
    })
    expect(await read(file)).toEqual([
      '1.0.1.0-1.0.1.255 cn/fujian/dianxin',
      '8.0.0.0-8.255.255.255 us//qita',
      '2409:8000:0:0:0:0:0:0-2409:8fff:ffff:ffff:ffff:ffff:ffff:ffff cn/beijing/yidong',
    ])
  })

  it('is read when it is a table, of networks or of ranges, in any order, with titles or without', async () => {
    const table =
      'network,country,province,carrier\r\n2400::/16,JP\r\n"1.2.0.0/16",cn,河南省,"联通"\n\n1.1.1.1,1.1.1.9,de\n'
    expect(await read(Buffer.from(table))).toEqual([
      '1.1.1.1-1.1.1.9 de//qita',
      '1.2.0.0-1.2.255.255 cn/henan/liantong',
      `2400:0:0:0:0:0:0:0-2400${':ffff'.repeat(7)} jp//qita`,
    ])
  })

  it.each([
    { why: 'nothing', text: '', says: 'it is empty' },
    { why: 'prose', text: 'the quick brown fox\n', says: 'has no line network,country' },
    { why: 'an overlap', text: '1.0.0.0/8,de\n\n1.2.3.4,1.2.3.5,fr\n', says: 'line 3: 1.2.3.4 is in line 1 too' },
    { why: 'no country', text: '1.0.0.0/8,de\n2.0.0.0/8\n', says: 'line 2: it says no country' },
    { why: 'bits beyond a prefix', text: '1.0.0.1/8,de\n', says: 'line 1: 1.0.0.1/8 has bits beyond its prefix' },
    { why: 'a prefix too long', text: '1.0.0.0/33,de\n', says: 'line 1: 1.0.0.0/33 is not a network' },
    { why: 'a range backwards', text: '1.0.0.9,1.0.0.1,de\n', says: 'line 1: its last address comes before its first' },
    { why: 'a line without address', text: '1.0.0.0/8,de\nx,de\n', says: 'line 2: it does not begin with a network' },
  ])('is refused as a table with $why, naming the line', async ({ text, says }) => {
    await expect(read(Buffer.from(text))).rejects.toThrow(says)
    await expect(read(Buffer.from(text))).rejects.toBeInstanceOf(GeoFileError)
  })

  it('is refused with a sentence when it is cut or damaged, at whatever byte, and never read without end', async () => {
    const files = [...Object.values(xdbs).map((file) => ({ file, from: 256 + 524_288 })), { file: mmdb(28), from: 0 }]
    let refused = 0
    for (const { file, from } of files) {
      for (let at = from; at < file.length; at++) {
        const damaged = Buffer.from(file)
        damaged.writeUInt8((damaged.readUInt8(at) + 0x55) & 255, at)
        for (const bytes of [file.subarray(0, at), damaged]) {
          const error = await read(bytes).then(
            () => null,
            (thrown) => thrown,
          )
          if (error === null) continue
          expect(error).toBeInstanceOf(GeoFileError)
          refused += 1
        }
      }
    }
    expect(refused).toBeGreaterThan(500)
  })
})
