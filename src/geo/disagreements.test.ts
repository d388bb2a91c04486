import { expect, it } from 'vitest'
import { place } from '../../test/harness/geo-data.ts'
import { parseAddress } from './address.ts'
import { createDisagreements } from './disagreements.ts'

const at = (text: string) => parseAddress(text) ?? 0n

it('disagreements about the mainland are counted by family and side, and neighbours are one range', () => {
  const { compare, found } = createDisagreements('new', 'old')
  const compared = (newer: string, older: string, first: string, last: string) =>
    compare(place(newer), place(older), at(first), at(last))
  compared('cn/fujian/qita', 'hk/gangaotai/qita', '1.0.0.0', '1.0.0.9')
  compared('cn/qita/qita', 'us//qita', '1.0.0.10', '1.0.0.11')
  compared('us//qita', 'cn/qita/qita', '1.0.0.12', '1.0.0.12')
  compared('cn/qita/qita', 'us//qita', '1.0.0.13', '1.0.0.13')
  compared('us//qita', 'de//qita', '1.0.1.0', '1.0.1.255')
  compared('cn/qita/qita', 'cn/fujian/qita', '1.0.2.0', '1.0.2.255')
  compared('qita//qita', 'cn/qita/qita', '1.0.3.0', '1.0.3.255')
  compared('cn/qita/qita', 'qita//qita', '1.0.4.0', '1.0.4.255')
  compared('tw/gangaotai/qita', 'cn/qita/qita', '2400::', '2400:ffff:ffff:ffff:ffff:ffff:ffff:ffff')
  const about = { newer: 'new', older: 'old' }
  expect(found()).toEqual([
    { ...about, family: 'ipv4', newerSays: 'mainland_china', ranges: 2, addresses: '13' },
    { ...about, family: 'ipv4', newerSays: 'outside_mainland_china', ranges: 1, addresses: '1' },
    { ...about, family: 'ipv6', newerSays: 'outside_mainland_china', ranges: 1, addresses: String(2n ** 112n) },
  ])
})
