import { join } from 'node:path'
import BetterSqlite3 from 'better-sqlite3'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { newTenant, type Tenant } from '../harness/customers.ts'
import { expectError, type Json, sendSigned } from '../harness/requests.ts'
import { startTestServer, type TestServer } from '../harness/server.ts'

const dayMs = 86_400_000
const path = '/cdn/charge/charge-modes'
const flux = { charge_mode: 'flux', product_type: 'base', service_area: 'mainland_china' }

let server: TestServer
let tenant: Tenant
let other: Tenant
beforeAll(async () => {
  server = await startTestServer()
  tenant = await newTenant(server, 'sets')
  other = await newTenant(server, 'sets-nothing')
})
afterAll(() => server.stop())

const set = (body: Json, prefix = '/v1.0', key = tenant.key) =>
  sendSigned(server, { method: 'PUT', target: prefix + path, key, body: JSON.stringify(body) })
const modes = async (query = '', key = tenant.key) =>
  (await sendSigned(server, { target: `/v1${path}?product_type=base${query}`, key })).json['result'] as Json[]

/** Turns the clock of what is set on by a day. */
function aDayLater(): void {
  const database = new BetterSqlite3(join(server.dataDir, 'fluxport.sqlite'))
  database.prepare('update charge_mode set effective_at_ms = effective_at_ms - ?').run(dayMs)
  database.close()
}

it('a mode is upcoming until the next day of UTC+8 begins, then active; the last one set of a day holds', async () => {
  await set({ ...flux, charge_mode: 'bw' }, '/v1')
  const before = Date.now()
  const answer = await set(flux)
  expect(answer.status, answer.text).toBe(200)
  const { create_time: created, effective_time: effective } = answer.json
  expect(answer.json).toEqual({ ...flux, status: 'upcoming', create_time: created, effective_time: effective })
  expect(Number(created)).toBeGreaterThanOrEqual(before)
  expect((Number(effective) + 8 * 3_600_000) % dayMs).toBe(0)
  expect(Number(effective) - Number(created)).toBeLessThanOrEqual(dayMs)
  expect(await modes('&status=upcoming')).toEqual([answer.json])
  expect(await modes()).toMatchObject([{ charge_mode: 'bw_95', status: 'active' }])

  aDayLater()
  expect(await modes()).toEqual([{ ...answer.json, status: 'active', effective_time: Number(effective) - dayMs }])
  expect(await modes('&status=upcoming')).toEqual([])
  await set({ ...flux, charge_mode: 'bw' })
  aDayLater()
  await set(flux)
  expect([(await modes())[0], (await modes('&status=upcoming'))[0]]).toMatchObject([
    { charge_mode: 'bw' },
    { charge_mode: 'flux' },
  ])
})

it('it is of one account and one service area, and the audit log has it', async () => {
  const set = await modes('&service_area=outside_mainland_china')
  expect([set, await modes('', other.key)]).toMatchObject([[{ charge_mode: 'bw_95' }], [{ charge_mode: 'bw_95' }]])
  const events = (await server.call('GET', '/api/v1/audit?action=setChargeModes')).json['events'] as Json[]
  expect(events[0]).toMatchObject({ actor: tenant.key.access_key, outcome: 'done', after: flux })
})

it.each([
  ['CDN.0001', { ...flux, charge_mode: 'bw_95' }],
  ['CDN.0001', { ...flux, product_type: 'whole' }],
  ['CDN.0015', { ...flux, service_area: 'global' }],
  ['CDN.0001', { charge_mode: 'flux', product_type: 'base' }],
])('refuses with %s: %j', async (code, body) => {
  expectError(await set(body, '/v1.0', other.key), 400, code)
})
