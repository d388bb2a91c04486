import { describe, expect, it } from 'vitest'
import { AddressRefused, allowedLookup, isAllowedAddress, isPublicAddress } from './public-address.ts'
import { parseWebhookUrl } from './webhook-url.ts'

/** First and last address of each network that is not public, and the addresses just outside of it. */
const notPublic: Record<string, string[]> = {
  'this network': ['0.0.0.0', '0.255.255.255'],
  private: ['10.0.0.0', '10.255.255.255', '172.16.0.0', '172.31.255.255', '192.168.0.0', '192.168.255.255'],
  'carrier-grade NAT, Alibaba’s metadata': ['100.64.0.0', '100.100.100.200', '100.127.255.255'],
  loopback: ['127.0.0.0', '127.0.0.1', '127.255.255.255'],
  'link-local, metadata': ['169.254.0.0', '169.254.169.254', '169.254.255.255'],
  'protocol assignments, Oracle’s metadata': ['192.0.0.0', '192.0.0.192', '192.0.0.255'],
  documentation: ['192.0.2.1', '198.51.100.7', '203.0.113.255'],
  'relays of 6to4': ['192.88.99.1'],
  benchmarks: ['198.18.0.0', '198.19.255.255'],
  multicast: ['224.0.0.1', '239.255.255.255'],
  'reserved, broadcast': ['240.0.0.0', '255.255.255.255'],
  'Azure’s host agent': ['168.63.129.16'],
  'IPv6 unspecified and loopback': ['::', '::1'],
  'IPv4 mapped and compatible': ['::ffff:127.0.0.1', '::ffff:7f00:1', '::ffff:8.8.8.8', '::127.0.0.1'],
  'NAT64, of any IPv4 address': ['64:ff9b::7f00:1', '64:ff9b::10.0.0.1', '64:ff9b::8.8.8.8', '64:ff9b:1::1'],
  '6to4, of any IPv4 address': ['2002:7f00:1::', '2002:a9fe:a9fe::1', '2002:808:808::1'],
  Teredo: ['2001:0:4136:e378:8000:63bf:3fff:fdd2', '2001::'],
  'unique local, AWS’ metadata': ['fc00::1', 'fd00:ec2::254', 'fdff:ffff::'],
  'link-local, with and without its interface': ['fe80::1', 'fe80::1%lo', 'febf::1'],
  'site-local': ['fec0::1'],
  'IPv6 multicast': ['ff02::1', 'ff0e::1'],
  'IPv6 documentation and discard': ['2001:db8::1', '3fff::1', '100::1'],
  'ORCHID, benchmarks': ['2001:20::1', '2001:2::1', '2001:10::1'],
  'not assigned to anybody': ['4000::1', '1fff::1', '5f00::1'],
  'no address': ['', 'localhost', 'example.com', '1.2.3', '1.2.3.4.5', '127.1', '0x7f000001', ' 8.8.8.8', '[::1]'],
}
const isPublic: Record<string, string[]> = {
  'just outside private networks': ['9.255.255.255', '11.0.0.0', '172.15.255.255', '172.32.0.0', '192.167.255.255'],
  'just outside others': ['100.63.255.255', '100.128.0.0', '126.255.255.255', '128.0.0.0', '169.253.255.255'],
  'and others': ['192.0.1.0', '198.17.255.255', '198.20.0.0', '223.255.255.255', '168.63.129.15', '8.8.8.8'],
  IPv6: ['2606:4700::1111', '2001:4860:4860::8888', '2a00:1450::1', '2001:200::1', '2003::1', '2606:4700::1%eth0'],
}

const flat = (groups: Record<string, string[]>) =>
  Object.entries(groups).flatMap(([what, addresses]) => addresses.map((address) => ({ what, address })))

describe('an address', () => {
  it.each(flat(notPublic))('$address is not public: $what', ({ address }) => {
    expect(isPublicAddress(address)).toBe(false)
  })
  it.each(flat(isPublic))('$address is public: $what', ({ address }) => {
    expect(isPublicAddress(address)).toBe(true)
  })
})

const lookUp = (name: string, all: boolean, allowPrivate = false) =>
  new Promise((resolve) => allowedLookup(allowPrivate)(name, { all }, (error, found) => resolve(error ?? found)))

const own: Record<string, string[]> = {
  loopback: ['127.0.0.0', '127.0.0.1', '127.1.2.3', '127.255.255.255'],
  'nothing, which is this machine': ['0.0.0.0', '0.0.0.1', '0.255.255.255', '::'],
  'IPv6 loopback': ['::1', '0:0:0:0:0:0:0:1', '::1%lo'],
  'mapped and compatible': ['::ffff:127.0.0.1', '::ffff:7f01:203', '::ffff:0.0.0.0', '::127.0.0.1', '::7f00:1'],
  'translated and tunnelled': ['64:ff9b::7f00:1', '64:ff9b::127.0.0.1', '64:ff9b::0.0.0.0', '2002:7f00:1::1'],
}
const beside: Record<string, string[]> = {
  private: ['10.0.0.1', '172.16.0.1', '192.168.1.1', '100.64.0.1', '169.254.1.1', '192.0.2.2'],
  'private IPv6': ['fd00::2', 'fe80::1%eth0', '::ffff:10.0.0.1', '64:ff9b::10.0.0.1', '2002:a00:1::1'],
  public: ['1.0.0.0', '126.255.255.255', '128.0.0.0', '8.8.8.8', '2606:4700::1111'],
}
describe('where private addresses are allowed', () => {
  it.each(flat(own))('$address is refused all the same: $what', ({ address }) => {
    expect(isAllowedAddress(address, true)).toBe(false)
  })
  it.each(flat(beside))('$address is not: $what', ({ address }) => {
    expect(isAllowedAddress(address, true)).toBe(true)
  })
  it.each(['localhost', '127.1', '0', '::1', 'ip6-localhost'])('the name %s, which leads here, is', async (name) => {
    const found = await lookUp(name, true, true)
    // A machine may not know every name; an unknown name has no address either.
    if (name !== 'ip6-localhost') expect(found).toBeInstanceOf(AddressRefused)
    else expect(found).toBeInstanceOf(Error)
  })
})

describe('a name', () => {
  it.each(['localhost', 'LOCALHOST', '127.0.0.1', '127.1', '0', '::1'])(
    '%s that leads to this machine is refused when it is resolved',
    async (name) => {
      for (const all of [true, false]) expect(await lookUp(name, all)).toBeInstanceOf(AddressRefused)
    },
  )

  it('that leads to a public address is resolved to it, as one address and as all', async () => {
    expect(await lookUp('8.8.8.8', true)).toEqual([{ address: '8.8.8.8', family: 4 }])
    expect(await lookUp('8.8.8.8', false)).toBe('8.8.8.8')
  })

  it('that leads nowhere is an error of its own', async () => {
    const error = await lookUp('nobody.invalid', true)
    expect(error).toBeInstanceOf(Error)
    expect(error).not.toBeInstanceOf(AddressRefused)
  })
})

describe('a webhook’s address', () => {
  const refused: Record<string, string> = {
    'not a URL': 'example.com/hook',
    empty: ' ',
    'of a file': 'file:///etc/passwd',
    'of another protocol': 'ftp://example.com/',
    'without a host': 'http://',
    'with a password': 'https://user:secret@example.com/',
    'with a user': 'https://user@example.com/',
    'too long': `https://example.com/${'a'.repeat(2_000)}`,
    'the loopback name': 'http://localhost:8080/',
    'the loopback name, absolute': 'http://localhost./',
    'below the loopback name': 'http://a.localhost/',
    loopback: 'http://127.0.0.1/',
    'loopback, short': 'http://127.1/',
    'loopback, a number': 'http://2130706433/',
    'loopback, hexadecimal': 'http://0x7f.0.0.1/',
    'loopback, octal': 'http://0177.0.0.1/',
    'loopback, full-width digits': 'http://１２７.0.0.1/',
    'loopback, percent-encoded': 'http://127%2e0%2e0%2e1/',
    'nothing at all': 'http://0/',
    'IPv6 loopback': 'http://[::1]:80/',
    'mapped loopback': 'http://[::ffff:127.0.0.1]/',
    metadata: 'http://169.254.169.254/latest/meta-data/',
    private: 'https://10.1.2.3/',
    'unique local': 'http://[fd00:ec2::254]/',
    'NAT64 of private': 'http://[64:ff9b::10.1.2.3]/',
  }
  it.each(Object.entries(refused))('is refused by name: %s', (_what, url) => {
    const refusal = expect.objectContaining({ code: 'CDN.0001', message: expect.stringContaining('webhook_url') })
    expect(() => parseWebhookUrl(url, false)).toThrow(refusal)
  })

  it.each([
    'https://example.com/hook?a=b',
    'http://8.8.8.8:8080/',
    'http://[2606:4700::1111]/',
    'https://localhost.example/',
  ])('may be %s', (url) => {
    expect(parseWebhookUrl(url, false).href).toBe(url)
  })

  it('may be anywhere where private ones are allowed, but for what is no address of a receiver', () => {
    for (const url of ['http://10.0.0.1:9/', 'http://hooks/', 'http://[fd00::1]/', 'http://169.254.169.254/'])
      expect(parseWebhookUrl(url, true).href).toBe(url)
    for (const url of ['ftp://10.0.0.1/', 'https://user:secret@10.0.0.1/', 'x'])
      expect(() => parseWebhookUrl(url, true)).toThrow('webhook_url')
    for (const [what, url] of Object.entries(refused).filter(([name]) => /loopback|nothing/.test(name)))
      expect(() => parseWebhookUrl(url, true), what).toThrow('where no webhook goes')
  })
})
