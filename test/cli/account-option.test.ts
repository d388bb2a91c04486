import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { runCommand } from '../harness/command.ts'
import { assign, linesOf, newTenant, push, type Tenant } from '../harness/customers.ts'
import { temporaryDirectory } from '../harness/directory.ts'
import { startTestServer, type TestServer } from '../harness/server.ts'

let server: TestServer
let directory: Awaited<ReturnType<typeof temporaryDirectory>>
let customer: Tenant
beforeAll(async () => {
  server = await startTestServer()
  directory = await temporaryDirectory()
  customer = await newTenant(server, 'b-company')
  await assign(server, 'www.b.example.test', customer.accountId)
  await push(server, customer.token, linesOf('www.b.example.test', 3, { bytes: 1_000 }))
  await server.load(linesOf('www.own.example.test', 2, { bytes: 1_000 }), { name: 'own.log' })
})
afterAll(async () => {
  await server.stop()
  await directory.remove()
})

const run = (...args: string[]) => runCommand(server.dataDir, ...args)
async function exported(account: string) {
  const output = join(directory.path, 'file.csv')
  const month = ['--month', '2026-09', '--group-by', 'domain', '--interval', '3600']
  const ran = await run('export', '--account', account, ...month, '--output', output)
  expect(ran.code, ran.err).toBe(0)
  const domains = (await readFile(output, 'utf8')).match(/www\.\w+\.example\.test/g)
  return { said: ran.err, domains: [...new Set(domains)].sort() }
}

it('takes an account by its name or its id, and says which it took', async () => {
  for (const account of ['b-company', customer.accountId]) {
    const { said, domains } = await exported(account)
    expect(said).toContain(`account: b-company (${customer.accountId})`)
    expect(said).toMatch(/3 requests, all that b-company has in the range/)
    expect(said).toMatch(/1 domain of other accounts: not in it; --account all has them/)
    expect(domains).toEqual(['www.b.example.test'])
  }
})

it('takes all accounts together', async () => {
  const { said, domains } = await exported('all')
  expect(said).toMatch(/5 requests, all that any account has in the range/)
  expect(said).not.toContain('other accounts')
  expect(domains).toEqual(['www.b.example.test', 'www.own.example.test'])
  const listed = await run('tasks', 'list', '--account', 'all')
  expect(listed.out).toMatch(/\bdefault\b/)
  const coverage = await run(
    'coverage',
    '--account',
    'all',
    '--start',
    '2026-09-01T00:00:00Z',
    '--end',
    '2026-09-01T01:00:00Z',
  )
  expect(coverage.out).toMatch(/b-company: default/)
})

it('refuses an account that there is not, and says where accounts are listed', async () => {
  const ran = await run('export', '--account', 'c-company', '--preflight')
  expect([ran.code, ran.err]).toEqual([1, expect.stringMatching(/--account c-company: .*fluxport accounts list/)])
})
