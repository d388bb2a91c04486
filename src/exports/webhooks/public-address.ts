import { lookup } from 'node:dns/promises'
import { BlockList, isIP, type LookupFunction } from 'node:net'

/**
 * Addresses of no host on the public internet (IANA's special-purpose registries, RFC 6890), and one local address: a
 * webhook must not reach hosts that only this machine can, unless private ones are allowed.
 */
const special = new BlockList()
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['168.63.129.16', 32], // Azure's host agent, reached only from its machines
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const)
  special.addSubnet(network, prefix, 'ipv4')
/**
 * In IPv6 only 2000::/3 is public, without these networks. IPv4 addresses written as IPv6 are never public: mapped,
 * translated (NAT64, 64:ff9b::/96) or tunnelled (6to4, Teredo).
 */
const specialSix = new BlockList()
for (const [network, prefix] of [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const)
  specialSix.addSubnet(network, prefix, 'ipv6')
const publicSix = new BlockList()
publicSix.addSubnet('2000::', 3, 'ipv6')

/** True if an address, as text, is that of a public host. */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address)
  if (family === 4) return !special.check(address, 'ipv4')
  if (family !== 6) return false
  return publicSix.check(address, 'ipv6') && !specialSix.check(address, 'ipv6')
}

/**
 * Addresses that lead only back to this machine, in any notation: listeners there, such as the engine, trust everybody
 * on the machine. IPv4 addresses count as IPv6, too: mapped, compatible, translated (NAT64) or tunnelled (6to4).
 */
const ownFour = new BlockList()
for (const network of ['0.0.0.0', '127.0.0.0']) ownFour.addSubnet(network, 8, 'ipv4')
const ownSix = new BlockList()
for (const [network, prefix] of [
  ['::', 96], // unspecified, loopback, and addresses compatible with IPv4
  ['::ffff:0.0.0.0', 104],
  ['::ffff:127.0.0.0', 104],
  ['64:ff9b::', 104],
  ['64:ff9b::127.0.0.0', 104],
  ['2002::', 24],
  ['2002:7f00::', 24],
] as const)
  ownSix.addSubnet(network, prefix, 'ipv6')

/** True if an address, as text, leads only back to this machine: no setting lets a webhook go there. */
export function isLoopbackAddress(address: string): boolean {
  const family = isIP(address)
  if (family === 4) return ownFour.check(address, 'ipv4')
  return family === 6 && ownSix.check(address.replace(/%.*$/, ''), 'ipv6')
}

/** True if a webhook may be posted to an address, as text. */
export const isAllowedAddress = (address: string, allowPrivate: boolean): boolean =>
  allowPrivate ? isIP(address) !== 0 && !isLoopbackAddress(address) : isPublicAddress(address)

/** Webhooks may not go to the address; nothing was sent. */
export class AddressRefused extends Error {
  constructor(host: string) {
    super(`${host} leads to an address that webhooks do not go to`)
    this.name = 'AddressRefused'
  }
}

/**
 * Resolves a name for a connection, and refuses it when any of its addresses is not allowed. The checked address is the
 * connected one, so a name that resolves differently later gains nothing.
 */
export const allowedLookup =
  (allowPrivate: boolean): LookupFunction =>
  (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }).then(
      (found) => {
        const refused = found.find(({ address }) => !isAllowedAddress(address, allowPrivate))
        const [first] = found
        if (refused || !first) return callback(new AddressRefused(hostname), '', 0)
        if (options.all) return callback(null, found)
        callback(null, first.address, first.family)
      },
      (error) => callback(error, '', 0),
    )
  }
