import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Got, type Sent, send, sendSigned } from '../harness/requests.ts'
import { type Key, startTestServer, type TestServer } from '../harness/server.ts'
import { namedIn, normalText } from './normal-text.ts'
import { type RouteCase, routeCases } from './route-cases.ts'
import { makeTenant, nobodysThings, type Tenant, type Things } from './two-accounts.ts'

let server: TestServer
let asker: Tenant
let other: Tenant
let operations: string[]
const nobody = nobodysThings()

beforeAll(async () => {
  server = await startTestServer({ pushGroupSeconds: '0' })
  asker = await makeTenant(server, 'asker')
  other = await makeTenant(server, 'other')
  const { json } = await server.raw('/openapi.json')
  const paths = Object.values(json['paths'] as Record<string, Record<string, { operationId?: string }>>)
  operations = paths.flatMap((methods) => Object.values(methods).map((one) => one.operationId ?? '(none)'))
})
afterAll(() => server.stop())

/** The ways in which somebody else may ask: with each of its keys, signed or by token, and without any. */
const ways: Record<string, (sent: Sent) => Promise<Got>> = {
  'its account key': (sent) => signed(sent, asker.account),
  'its ingest key, signed': (sent) => signed(sent, asker.ingest),
  'its ingest token': (sent) => withToken(sent, asker.ingest.ingest_token),
  'its limited ingest token': (sent) => withToken(sent, asker.limited.ingest_token),
  'no key': (sent) => send(server.endpoint, sent),
}

function signed(sent: Sent, key: Key): Promise<Got> {
  const hash = createHash('sha256')
    .update(sent.body ?? '')
    .digest('hex')
  const headers = sent.body === undefined ? sent.headers : { ...sent.headers, 'X-Sdk-Content-Sha256': hash }
  return sendSigned(server, { ...sent, key, ...(headers === undefined ? {} : { headers }) })
}

const withToken = (sent: Sent, token: string) =>
  send(server.endpoint, { ...sent, headers: { ...sent.headers, Authorization: `Bearer ${token}` } })

type Said = { status: number; text: string }

async function answers(ask: (sent: Sent) => Promise<Got>, route: RouteCase, things: Things): Promise<Said[]> {
  const said: Said[] = []
  for (const sent of route(things)) {
    const { status, text } = await ask(sent)
    expect(status, text).toBeLessThan(500)
    said.push({ status, text: normalText(text, things) })
  }
  return said
}

describe('what belongs to another account does not exist', () => {
  it('asks about every route that there is', () => {
    expect(Object.keys(routeCases).sort()).toEqual([...operations].sort())
  })

  for (const [operation, route] of Object.entries(routeCases)) {
    for (const [way, ask] of Object.entries(ways)) {
      it(`${operation} with ${way} says the same of another’s things as of nobody’s`, async () => {
        const ofNobody = await answers(ask, route, nobody)
        expect(await answers(ask, route, other.things)).toEqual(ofNobody)
        for (const { text } of ofNobody) expect(namedIn(text, other.things)).toEqual([])
      })
    }
  }

  it('leaves the other account as it was', async () => {
    const { taskId, domain } = other.things
    const task = await server.call('GET', `/api/v1/export-tasks/${taskId}`, undefined, other.account)
    expect(task.json).toMatchObject({ state: 'success' })
    const domains = await server.call('GET', '/api/v1/domains', undefined, other.account)
    expect(domains.text).toContain(domain)
    const token = other.ingest.ingest_token
    const batch = await withToken({ target: `/api/v1/log-batches/${other.things.batchId}` }, token)
    expect(batch.json).toMatchObject({ state: 'loaded', requests: 1 })
  })
})
