import { expect, it, onTestFinished } from 'vitest'
import { theHour } from '../harness/customers.ts'
import { expectError, type Json, newAccount, sendSigned } from '../harness/requests.ts'
import { startTestServer } from '../harness/server.ts'

it('makes an export task, which the list has; the answer is empty', async () => {
  const server = await startTestServer()
  onTestFinished(() => server.stop())
  const key = await newAccount(server, 'exports')
  const create = (body: Json, prefix = '/v1.0') =>
    sendSigned(server, {
      ...{ method: 'POST', target: `${prefix}/cdn/statistics/stats/export`, key },
      body: JSON.stringify(body),
    })
  const listed = async () => {
    const { json } = await sendSigned(server, { target: '/v1/cdn/statistics/export-tasks', key })
    return (json['data'] as { asked: Json; task_name: string }[]).map(({ asked }) => asked)
  }
  const got = await create({ action: 'export_m5', ...theHour })
  expect([got.status, got.text]).toEqual([200, ''])
  expect((await create({ action: 'export_month_user_charge' }, '/v1')).status).toBe(200)
  expect((await create({})).status).toBe(200)
  const asked = await listed()
  expect(asked.map((one) => one['action'])).toEqual(['reports_detail', 'billing_summary', 'reports_detail'])
  expect(asked.at(-1)).toMatchObject({ start_time: theHour.start_time, end_time: theHour.end_time })
  // The last month of UTC+8, whole.
  const month = asked[1] as { start_time: number; end_time: number }
  const day = (timeMs: number) => new Date(timeMs + 8 * 3_600_000).toISOString()
  expect(day(month.start_time)).toMatch(/-01T00:00:00.000Z$/)
  expect(day(month.end_time)).toMatch(/-01T00:00:00.000Z$/)
  expect(month.end_time).toBeLessThanOrEqual(Date.now())
  for (const action of ['export_country_summary', 'export_mgtv_detail', 'constructor'])
    expect(expectError(await create({ action }), 400, 'CDN.0001')).toContain('export_m5')
  expectError(await create({ domain_name: 'absent.test', ...theHour }), 404, 'CDN.0105')
  expect(await listed()).toHaveLength(3)
})
