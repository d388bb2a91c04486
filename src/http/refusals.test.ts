import { expect, it } from 'vitest'
import { AppError } from '../errors.ts'
import { countRefusals, networkOf } from './refusals.ts'

const refusal = new AppError('APIGW.0301')

it('an address is told to come later after its refusals of ten seconds; no other is', () => {
  const clock = { nowMs: 1_000 }
  const refusals = countRefusals(2, () => clock.nowMs)
  const tell = (address: string) => refusals.tell(refusal, address).code
  expect(Array.from({ length: 20 }, () => tell('192.0.2.1'))).toEqual(Array(20).fill('APIGW.0301'))
  clock.nowMs += 4_000
  expect([tell('192.0.2.1'), tell('192.0.2.2')]).toEqual(['APIGW.0308', 'APIGW.0301'])
  expect(refusals.tell(refusal, '192.0.2.1').retryAfterSeconds).toBe(6)
  clock.nowMs += 6_000
  expect(tell('192.0.2.1')).toBe('APIGW.0301')
})

it.each([
  ['192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:db8:1:2::6', '2001:db8:1:2::/64'],
  ['2001:db8::6', '2001:db8:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['', ''],
])('%s counts as %s', (address, network) => {
  expect(networkOf(address)).toBe(network)
})
