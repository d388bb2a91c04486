import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CountedServer, startCountedServer } from '../harness/counted-server.ts'
import type { Place } from '../harness/open-server.ts'
import { hasPython, withoutPython } from '../harness/oracle.ts'
import { lineAt } from '../harness/recent-lines.ts'
import { type Json, sendSigned } from '../harness/requests.ts'
import type { Key } from '../harness/server.ts'
import { ok } from './harness/account.ts'
import { type Recorder, startRecorder } from './harness/recorder.ts'
import { dataSources, hours, idleDomains, keptDomain, questions, startMs } from './terraform/data-sources.ts'
import { installedProvider, version } from './terraform/provider.ts'
import { resources, subscription } from './terraform/resources.ts'
import { type Kept, openWorkspace, type Workspace } from './terraform/workspace.ts'

const places: Place[] = [
  ['cn', 'beijing', 'dianxin'],
  ['us', '', ''],
  ['', '', 'qita'],
]
const logs = [{ name: 'edge.log', format: 'huawei_offline', how: { domains: 3, lines: 4_000, seed: 97 } }]

let counted: CountedServer
beforeAll(async () => {
  if (!hasPython) return
  counted = await startCountedServer({ firstMs: startMs, hours, logs, places }, questions)
  const { server } = counted.open
  const line = (domain: string) => lineAt(Date.now() - 3 * 3_600_000, { domain })
  await ok(server.load(idleDomains.map(line).join(''), { name: 'idle.log' }))
  await ok(server.call('PUT', '/api/v1/kept-logs/default', { keep_logs_days: 30 }))
  await ok(server.load(line(keptDomain), { name: 'kept.log' }))
})
afterAll(() => counted?.stop())

const sources = dataSources.map((one) => [one.type, one] as const)

describe.skipIf(!hasPython)(`requests of the Terraform provider ${version}, to the letter${withoutPython}`, () => {
  const headers = { 'Content-Type': 'application/json', Accept: 'application/json', 'X-Language': 'en-us' }

  it.each([...resources, subscription].map((one) => [one.type, one.makes] as const))(
    'make the resource %s',
    async (_type, { method, path, body, status }) => {
      const made = await sendSigned(counted.open.server, { method, target: path, headers, body: JSON.stringify(body) })
      expect(made.status, made.text).toBe(status)
      if (status === 204) expect(made.text).toBe('')
    },
  )

  it.each(sources)('have the figures for %s that the oracle counts', async (_type, asked) => {
    const answers: Json[] = []
    for (const target of asked.asks) {
      const { status, text, json } = await sendSigned(counted.open.server, { target, headers })
      expect(status, text).toBe(200)
      answers.push(json)
    }
    expect(asked.answered(answers)).toEqual(asked.counted(counted.counted))
  })
})

const ofKey = ({ access_key, secret_key }: Key): Json => ({ access_key, secret_key })
const installation = await installedProvider()
const bin = 'missing' in installation ? '' : installation.directory
const missing = 'missing' in installation ? ` (skipped: ${installation.missing})` : withoutPython
if (missing) console.warn(`Terraform${missing}`)

describe.skipIf(missing !== '')(`Terraform with the provider ${version}${missing}`, () => {
  let recorder: Recorder
  let workspace: Workspace
  let state: Kept[]
  const opened: Workspace[] = []
  const key = () => counted.open.server.credentials
  const open = async (blocks: Json, who: Json = ofKey(key())): Promise<Workspace> => {
    const one = await openWorkspace(bin, recorder.endpoint, who, blocks)
    opened.push(one)
    return one
  }
  const named = (given: { type: string; arguments: Json }[], more: Json = {}) =>
    Object.fromEntries(given.map((one) => [`huaweicloud_cdn_${one.type}`, { it: { ...one.arguments, ...more } }]))

  beforeAll(async () => {
    recorder = await startRecorder(counted.open.server.endpoint)
    const made = resources.map(({ type }) => `huaweicloud_cdn_${type}.it`)
    workspace = await open({ resource: named(resources), data: named(dataSources, { depends_on: made }) })
    await workspace.run('apply')
    state = await workspace.state()
  })
  afterAll(async () => {
    for (const one of opened) await one.remove()
    await recorder?.stop()
  })

  it('sends these requests and no others', () => {
    const sent = recorder.exchanges.map(({ method, path }) => `${method} ${path}`)
    const made = resources.flatMap(({ makes: { method, path }, readsBack }) => [
      `${method} ${path}`,
      ...(readsBack ? [`GET ${readsBack}`] : []),
    ])
    const asked = dataSources.flatMap((one) => one.asks.map((path) => `GET ${path}`))
    // Once for its project’s services, once for those of the account.
    const projects = Array(2).fill('GET /v3/projects?name=cn-north-1')
    expect(sent.toSorted()).toEqual([...made, ...asked, ...projects].toSorted())
    for (const { makes } of resources) {
      const exchange = recorder.exchanges.find(({ method, path }) => makes.method === method && makes.path === path)
      expect([JSON.parse(exchange?.body ?? ''), exchange?.status]).toEqual([makes.body, makes.status])
    }
  })

  it.each(sources)('reads %s as the oracle counts it', (type, { read, counted: countedBy }) => {
    const found = state.find((one) => one.mode === 'data' && one.type === `huaweicloud_cdn_${type}`)
    expect(read(found?.values ?? {})).toEqual(countedBy(counted.counted))
  })

  it('plans no change afterwards', async () => {
    expect(await workspace.run('plan', '-detailed-exitcode')).toContain('No changes')
  })

  it('takes a key as user and password, for a token', async () => {
    const user = { user_name: key().access_key, password: key().secret_key, domain_name: 'any' }
    const [analytics] = dataSources
    const one = await open({ data: named(analytics ? [analytics] : []) }, user)
    recorder.exchanges.length = 0
    await one.run('apply')
    const [read] = await one.state()
    expect(analytics?.read(read?.values ?? {})).toEqual(analytics?.counted(counted.counted))
    const asked = recorder.exchanges.find(({ path }) => path === analytics?.asks[0])
    expect([asked?.headers.authorization, asked?.headers['x-auth-token']]).toEqual([undefined, expect.any(String)])
  })

  it('is told at once that there are no subscription tasks', async () => {
    const one = await open({ resource: named([subscription]) })
    await expect(one.run('apply')).rejects.toThrow(/subscription task: Resource not found.*APIGW\.0101/s)
  })

  it('shows why a question is refused', async () => {
    const wrong = { type: 'analytics', arguments: { ...dataSources[0]?.arguments, domain_name: 'absent.example.test' } }
    const one = await open({ data: named([wrong]) })
    await expect(one.run('apply')).rejects.toThrow(/CDN\.0105.*absent\.example\.test/s)
  })
})
