import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ofPage, sendAsPage, signedIn } from '../harness/console.ts'
import { expectError, type Json, newAccount, send } from '../harness/requests.ts'
import { type Key, startTestServer, type TestServer } from '../harness/server.ts'

let server: TestServer
let account: Key & { account_id: string }
beforeAll(async () => {
  server = await startTestServer()
  account = await newAccount(server, 'person')
})
afterAll(() => server.stop())

const session = { target: '/console/session' }

describe('another site', () => {
  it('changes nothing with a person’s cookie, nor reads with it', async () => {
    const own = await signedIn(server, account)
    const { host } = new URL(server.endpoint)
    const change = { method: 'POST', target: '/v1/cdn/statistics/export-tasks', body: '{}' }
    const read = { target: '/api/v1/account' }
    const foreign: Record<string, string>[] = [
      { Origin: 'https://evil.test' },
      { Origin: 'null' },
      { Origin: 'no origin' },
      { Origin: `http://${host}.evil.test` },
      { Origin: 'http://127.0.0.1:1' },
      { 'Sec-Fetch-Site': 'cross-site' },
      { 'Sec-Fetch-Site': 'same-site' },
      { 'Sec-Fetch-Site': 'same-origin', Origin: 'https://evil.test' },
    ]
    for (const headers of foreign)
      for (const sent of [change, read])
        expectError(await sendAsPage(server, own, { ...sent, headers }), 403, 'FLUXPORT.0601')
    for (const headers of [{ Origin: server.endpoint, 'Sec-Fetch-Site': 'same-origin' }, { 'Sec-Fetch-Site': 'none' }])
      expect((await sendAsPage(server, own, { ...change, headers })).status).toBe(200)
  })

  it('cannot set the header, without which nothing is changed', async () => {
    const own = await signedIn(server, account)
    const change = { method: 'POST', target: '/v1/cdn/statistics/export-tasks', body: '{}' }
    for (const more of [{}, { 'X-Fluxport-Console': '' }, { 'X-Fluxport-Console': '2' }]) {
      const got = await send(server.endpoint, { ...change, headers: { Cookie: own, ...more } })
      expect(expectError(got, 403, 'FLUXPORT.0601')).toContain('X-Fluxport-Console: 1')
    }
    expect((await send(server.endpoint, { target: '/api/v1/account', headers: { Cookie: own } })).status).toBe(200)
  })
})

it('the audit log has sign-ins of operators, actions by the console, and refusals of another site', async () => {
  const operators = await signedIn(server, server.credentials)
  const lock = {
    method: 'PUT',
    target: '/api/v1/domains/www.console.test',
    body: JSON.stringify({ new: true, account_id: account.account_id }),
  }
  expect((await sendAsPage(server, operators, lock)).status).toBe(200)
  await sendAsPage(server, operators, { ...lock, headers: { Origin: 'https://evil.test' } })
  const refusals = async () => {
    const { json } = await sendAsPage(server, operators, { target: '/api/v1/audit?limit=50&action=request.refused' })
    return (json['events'] as Json[]).reduce((sum, event) => sum + Number((event['after'] as Json)['count']), 0)
  }
  const before = await refusals()
  // A page that asks who is signed in tries nothing.
  await send(server.endpoint, { ...session, headers: ofPage })
  expect(await refusals()).toBe(before)
  await send(server.endpoint, session)
  await sendAsPage(server, 'fluxport_session=forged', session)
  expect(await refusals()).toBe(before + 2)
  const { json } = await sendAsPage(server, operators, { target: '/api/v1/audit?limit=50' })
  const events = json['events'] as Json[]
  const of = (action: string) => events.find((event) => event['action'] === action)
  const actor = server.credentials.access_key
  expect(of('console.signed_in')).toMatchObject({ actor, object: actor, after: { by: 'key' } })
  const byConsole = events.filter(({ after }) => (after as Json | null)?.['via'] === 'console')
  expect(byConsole.filter((event) => event['actor'] === actor)).toEqual([
    expect.objectContaining({ actor, outcome: 'done', object: expect.stringContaining('www.console.test') }),
  ])
  const refused = events.filter((event) => event['action'] === 'request.refused').map((event) => event['after'] as Json)
  expect(refused.map(({ reason }) => reason)).toContain('another site')
  expect((await server.call('GET', '/api/v1/audit/chain')).json).toMatchObject({ intact: true })
})
