import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { KyselyPlugin } from 'kysely'
import { expect, it, onTestFinished } from 'vitest'
import { temporaryDirectory } from '../../test/harness/directory.ts'
import { offlineActor } from '../audit/audit-log.ts'
import { openSecretBox, type SecretBox } from '../auth/secret-box.ts'
import { signRequest } from '../auth/sign-request.ts'
import type { Database } from '../ports/database/database.ts'
import { openSqlite } from '../ports/database/sqlite.ts'
import { createFirstAccount, createKey, newFirstKey } from './accounts.ts'
import { createAuthenticator, ingestToken } from './authenticate.ts'
import { revokeKey } from './change-keys.ts'
import { createSessions } from './sessions.ts'

const nowMs = Date.parse('2026-09-01T00:00:00Z')

/** A signed head of a create. */
function headOf(accessKey: string, secretKey: string, hash?: string) {
  const url = new URL('http://a.test/v1/cdn/statistics/export-tasks')
  const signedHash = hash === undefined ? {} : { 'X-Sdk-Content-Sha256': hash }
  const signed = signRequest({ method: 'POST', url, accessKey, secretKey, nowMs, headers: signedHash })
  const lower = Object.entries(signed).map(([name, value]) => [name.toLowerCase(), value])
  const headers = { host: 'a.test', ...Object.fromEntries(lower) }
  return { method: 'POST', rawTarget: url.pathname, headers, isStreamed: false }
}

/** An authenticator over real parts that records each use of them. */
async function openWatched() {
  const directory = await temporaryDirectory()
  onTestFinished(directory.remove)
  const database = await openSqlite(join(directory.path, 'fluxport.sqlite'))
  onTestFinished(database.close)
  const box = openSecretBox(randomBytes(32))
  const key = newFirstKey()
  await createFirstAccount(database, box, key)
  const made = { accountId: key.accountId, role: 'ingest' as const, source: null, domains: null, description: '' }
  const [ingest, revoked] = [
    await createKey(database.queries, box, made),
    await createKey(database.queries, box, { ...made, domains: ['a.test'] }),
  ]
  await revokeKey(database, revoked.accessKey, offlineActor)

  const steps: string[] = []
  const watch: KyselyPlugin = {
    transformQuery: ({ node }) => {
      steps.push(node.kind)
      return node
    },
    transformResult: async ({ result }) => result,
  }
  const watching: Database = { ...database, queries: database.queries.withPlugin(watch) }
  const watchedBox: SecretBox = {
    ...box,
    open: (sealed, context) => {
      const secret = box.open(sealed, context)
      steps.push(`open ${secret.length}`)
      return secret
    },
  }
  const authenticator = createAuthenticator({ database: watching, box: watchedBox, nowMs: () => nowMs })
  /** The steps that an attempt used, and its outcome. */
  const stepsOf = async (attempt: () => Promise<unknown>) => {
    steps.length = 0
    const end = await attempt().then(
      () => 'passed',
      (error: unknown) => (error instanceof Error ? error.message : error),
    )
    return [...steps, end]
  }
  const head = (accessKey: string, secretKey: string, hash?: string) =>
    authenticator.head(headOf(accessKey, secretKey, hash))
  return { key, ingest, revoked, box, authenticator, stepsOf, head }
}

it('an unknown key, a revoked one and a wrong secret take one path, at the head and after the body', async () => {
  const { key, revoked, stepsOf, head } = await openWatched()
  for (const hash of ['0'.repeat(64), undefined]) {
    const attempt = (accessKey: string) => async () => (await head(accessKey, 'wrong', hash)).prove('0'.repeat(64))
    const known = await stepsOf(attempt(key.accessKey))
    expect(known).toEqual(['SelectQueryNode', 'open 40', expect.stringMatching(/verify aksk signature fail$/)])
    expect(await stepsOf(attempt('FLX00000000000000000'))).toEqual(known)
    expect(await stepsOf(attempt(revoked.accessKey))).toEqual(known)
  }
})

it('a token is checked the same way', async () => {
  const { ingest, revoked, authenticator, stepsOf } = await openWatched()
  const token = (text: string) => () => authenticator.token(`Bearer ${text}`)
  const known = await stepsOf(token(`${ingest.accessKey}.wrong`))
  expect(known).toEqual(['SelectQueryNode', 'open 40', expect.stringMatching(/token is not valid$/)])
  for (const text of ['FLX00000000000000000.wrong', ingestToken(revoked), 'no-dot', '.', ''])
    expect(await stepsOf(token(text)), text).toEqual(known)
  expect((await stepsOf(token(ingestToken(ingest)))).at(-1)).toBe('passed')
})

it('a key in a body is checked the same way', async () => {
  const { key, revoked, authenticator, stepsOf } = await openWatched()
  const bodyOf = (name: string, password: string) =>
    Buffer.from(JSON.stringify({ auth: { identity: { password: { user: { name, password } } } } }))
  const inBody = (name: string, password: string) => () => authenticator.keyInBody(bodyOf(name, password))
  const known = await stepsOf(inBody(key.accessKey, 'wrong'))
  expect(known).toEqual(['SelectQueryNode', 'open 40', expect.stringMatching(/secret is wrong$/)])
  expect(await stepsOf(inBody('FLX00000000000000000', key.secretKey))).toEqual(known)
  expect(await stepsOf(inBody(revoked.accessKey, revoked.secretKey))).toEqual(known)
  expect((await stepsOf(inBody(key.accessKey, key.secretKey))).at(-1)).toBe('passed')
})

it('a session token is good until its end, if this server made it', async () => {
  const { key, revoked, box, authenticator } = await openWatched()
  const { make } = createSessions(box)
  expect(await authenticator.session(make(key.accessKey, nowMs + 1000))).toMatchObject({ accessKey: key.accessKey })
  await expect(authenticator.session(make(key.accessKey, nowMs))).rejects.toMatchObject({ code: 'APIGW.0307' })
  const later = make(key.accessKey, nowMs).replace(String(nowMs / 1000), String(nowMs / 1000 + 60))
  const foreign = createSessions(openSecretBox(randomBytes(32))).make(key.accessKey, nowMs + 1000)
  for (const token of [later, foreign, make(revoked.accessKey, nowMs + 1000), 'a.1.b', '', '.'.repeat(10_000)])
    await expect(authenticator.session(token)).rejects.toMatchObject({ code: 'APIGW.0301' })
})

it('a head says whose key it names, and proves it where it has the hash of the body', async () => {
  const { key, head } = await openWatched()
  const whole = await head(key.accessKey, key.secretKey, 'AB'.repeat(32))
  expect(whole).toMatchObject({ isProven: true, holder: { role: 'operator' } })
  expect(whole.prove('ab'.repeat(32))).toMatchObject({ accessKey: key.accessKey })
  expect(() => whole.prove('cd'.repeat(32))).toThrow(/hash of the body/)
  const waits = await head(key.accessKey, 'wrong')
  expect(waits).toMatchObject({ isProven: false, holder: { role: 'operator' } })
  expect(() => waits.prove('ab'.repeat(32))).toThrow(/signature fail/)
  expect(await head('FLX0', 'wrong')).toMatchObject({ isProven: false, holder: null })
})
