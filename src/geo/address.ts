import { isIPv4, isIPv6 } from 'node:net'

/** An address as a number of 128 bits: IPv4 is mapped into ::ffff:0:0/96, as the warehouse has it. */

export const addressMax = (1n << 128n) - 1n
/** The first IPv4 address, and the last one below. */
export const ipv4Base = 0xffffn << 32n
export const ipv4Last = ipv4Base + 0xffff_ffffn

/** The number of an address; null for any other text. An address with a zone (`fe80::1%eth0`) is refused. */
export function parseAddress(text: string): bigint | null {
  if (isIPv4(text)) return ipv4Base + BigInt(ipv4Number(text))
  if (!isIPv6(text) || text.includes('%')) return null
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text)
  const hexadecimal = dotted ? `${dotted[1]}${hexadecimalOf(ipv4Number(dotted[2] ?? ''))}` : text
  const [before = '', after] = hexadecimal.split('::')
  const head = groupsOf(before)
  const tail = after === undefined ? [] : groupsOf(after)
  const zeros = Array<string>(8 - head.length - tail.length).fill('0')
  return BigInt(`0x${[...head, ...zeros, ...tail].map((group) => group.padStart(4, '0')).join('')}`)
}

const groupsOf = (text: string) => (text === '' ? [] : text.split(':'))
const ipv4Number = (text: string) => text.split('.').reduce((number, part) => number * 256 + Number(part), 0)
const hexadecimalOf = (number: number) =>
  `${Math.floor(number / 65_536).toString(16)}:${(number % 65_536).toString(16)}`

/** The text of an address: dotted for IPv4, else eight groups without compression. */
export function formatAddress(address: bigint): string {
  if (address >= ipv4Base && address <= ipv4Last) {
    const number = Number(address - ipv4Base)
    return [number >>> 24, (number >>> 16) & 255, (number >>> 8) & 255, number & 255].join('.')
  }
  const digits = address.toString(16).padStart(32, '0')
  return (digits.match(/.{4}/g) ?? []).map((group) => group.replace(/^0{1,3}/, '')).join(':')
}
