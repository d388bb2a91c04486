import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runCommand } from '../harness/command.ts'
import { huaweiLine } from '../harness/log-lines.ts'
import { expectError, type Json, newAccount, newKey, sendSigned } from '../harness/requests.ts'
import { type Key, startTestServer, type TestServer } from '../harness/server.ts'

let server: TestServer
let account: Key & { account_id: string }
beforeAll(async () => {
  server = await startTestServer()
  account = await newAccount(server, 'customer')
})
afterAll(() => server.stop())

type Event = Json & { event_id: number; action: string; object: string; before: Json | null; after: Json | null }
async function events(query = ''): Promise<Event[]> {
  const answer = await server.call('GET', `/api/v1/audit?limit=1000${query}`)
  expect(answer.status, answer.text).toBe(200)
  return answer.json['events'] as Event[]
}
const of = async (action: string) => await events(`&action=${action}`)

describe('the audit log', () => {
  it('has what operators do: by whom, from where, before and after', async () => {
    const domain = '/api/v1/domains/www.example.test'
    await server.call('PUT', domain, { account_id: account.account_id })
    await server.call('DELETE', domain)
    const who = { actor: server.credentials.access_key, address: '127.0.0.1', outcome: 'done' }
    const [claimed] = await of('claimDomain')
    expect(claimed).toMatchObject({ ...who, object: 'www.example.test', before: null })
    expect(claimed?.after).toEqual({ account_id: account.account_id })
    expect((await of('releaseDomain'))[0]?.before).toEqual({ account_id: account.account_id })
    await server.call('PUT', `/api/v1/accounts/${account.account_id}/settings`, { rows_max: 5 })
    await server.call('PUT', `/api/v1/accounts/${account.account_id}/settings`, { rows_max: 6 })
    const [settings] = await of('setAccountSettings')
    expect([settings?.before?.['rows_max'], settings?.after?.['rows_max']]).toEqual([5, 6])
    await server.call('PUT', '/api/v1/coverage/cadences/edge', { delay_seconds: 60 })
    expect((await of('setCadence'))[0]).toMatchObject({ ...who, object: 'edge', after: { delay_seconds: 60 } })
    const loaded = await server.load(huaweiLine())
    await server.call('DELETE', `/api/v1/log-batches/${loaded.json['batch_id']}`)
    expect((await of('forgetLogBatch'))[0]).toMatchObject({ ...who, object: String(loaded.json['batch_id']) })
  })

  it('has each key that is made, rotated or revoked, and no secret of it', async () => {
    const key = await newKey(server, { role: 'ingest', account_id: account.account_id, source: 'edge' })
    const rotated = await server.call('POST', `/api/v1/access-keys/${key.access_key}/rotate`, {})
    await server.call('DELETE', `/api/v1/access-keys/${key.access_key}`)
    const all = await events()
    const ofKey = all.filter((event) => event.object === key.access_key).map((event) => event.action)
    expect(ofKey).toEqual(['access_key.revoked', 'access_key.rotated', 'access_key.created'])
    for (const secret of [key.secret_key, String(rotated.json['secret_key']), server.credentials.secret_key])
      expect(JSON.stringify(all)).not.toContain(secret)
  })

  it('has what was refused to an operator, and not what only asked wrongly', async () => {
    await server.call('DELETE', '/api/v1/domains/nobody.example.test')
    await server.call('PUT', '/api/v1/coverage/cadences/edge', { delay_seconds: -1 })
    expect((await of('releaseDomain'))[0]).toMatchObject({ object: 'nobody.example.test', outcome: 'refused' })
    expect((await of('setCadence')).map((event) => event['outcome'])).not.toContain('refused')
  })

  it('has what routes that record their changes themselves refused to an operator', async () => {
    const { access_key: last, account_id: first } = server.credentials
    const refused: [string, string, string, unknown, number][] = [
      ['revokeAccessKey', 'DELETE', `/api/v1/access-keys/${last}`, undefined, 409],
      ['rotateAccessKey', 'POST', `/api/v1/access-keys/${last}/rotate`, { expires_at: Date.now() + 3_600_000 }, 409],
      ['lockAccount', 'POST', `/api/v1/accounts/${first}/lock`, undefined, 409],
      ['createAccount', 'POST', '/api/v1/accounts', { name: 'customer' }, 409],
      ['createAccessKey', 'POST', '/api/v1/access-keys', { role: 'account', account_id: 'nobody' }, 400],
    ]
    for (const [action, method, path, body, status] of refused) {
      expect([action, (await server.call(method, path, body)).status]).toEqual([action, status])
      expect((await of(action))[0]).toMatchObject({ outcome: 'refused', actor: last, after: { status } })
    }
    // Done ones have a record of their own alone.
    const made = await server.call('POST', '/api/v1/accounts', { name: 'another' })
    expect([made.status, (await of('createAccount')).length]).toEqual([200, 1])
    // Whoever is no operator has their refusals counted, with the others'.
    await server.call('POST', '/api/v1/access-keys/FLX0/rotate', {}, account)
    expect(await of('rotateAccessKey')).toHaveLength(1)
  })

  it('counts refused signatures, tokens and roles, and repeats no text of a stranger', async () => {
    const wrong = { access_key: account.access_key, secret_key: 'wrong' }
    for (let n = 0; n < 3; n++) await sendSigned(server, { target: '/v3/auth/domains', key: wrong })
    const secretAsKey = { access_key: 'my-secret-password', secret_key: 'x' }
    await sendSigned(server, { target: '/v3/auth/domains', key: secretAsKey })
    expectError(await sendSigned(server, { target: '/api/v1/accounts', key: account }), 403, 'CDN.0004')
    const refused = await of('request.refused')
    const seen = refused.map(({ object, after, address }) => [object, after?.['reason'], after?.['count'], address])
    expect(seen.reverse()).toEqual([
      [account.access_key, 'signature or token', 3, '127.0.0.1'],
      ['no key', 'signature or token', 1, '127.0.0.1'],
      [account.access_key, 'role', 1, '127.0.0.1'],
    ])
    expect(JSON.stringify(refused)).not.toContain('my-secret')
  })

  it('is shown page by page, to operators alone, and no route changes it', async () => {
    const all = await events()
    const paged: Event[] = []
    for (let cursor: unknown = ''; cursor !== null; ) {
      const { json } = await server.call('GET', `/api/v1/audit?limit=3${cursor ? `&cursor=${cursor}` : ''}`)
      paged.push(...(json['events'] as Event[]))
      cursor = json['next_cursor']
    }
    expect(paged).toEqual(all)
    expectError(await sendSigned(server, { target: '/api/v1/audit', key: account }), 403, 'CDN.0004')
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH'])
      expectError(await sendSigned(server, { method, target: '/api/v1/audit' }), 404, 'APIGW.0101')
    const chain = await server.call('GET', '/api/v1/audit/chain')
    expect(chain.json).toMatchObject({ intact: true, broken_event_id: null, first_event_id: 1 })
  })

  it('is read by fluxport audit, filtered, as a table or as JSON', async () => {
    const table = await runCommand(server.dataDir, 'audit', '--action', 'access_key.created')
    expect([table.code, table.out]).toEqual([0, expect.stringContaining(account.access_key)])
    expect(table.out).not.toContain('claimDomain')
    const json = await runCommand(
      server.dataDir,
      'audit',
      '--actor',
      server.credentials.access_key,
      '--json',
      '--limit',
      '2',
    )
    expect(
      json.out
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).actor),
    ).toEqual(Array(2).fill(server.credentials.access_key))
    const later = await runCommand(server.dataDir, 'audit', '--from', '2099-01-01T00:00:00Z')
    expect(later.out.trim().split('\n')).toHaveLength(1)
    expect((await runCommand(server.dataDir, 'audit', 'verify')).out).toMatch(/events, all as they were written/)
    expect((await runCommand(server.dataDir, 'audit', '--from', 'soon')).err).toMatch(/--from: it is not a time/)
  })
})
