import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { createAccount, createFirstAccount, newFirstKey } from '../../src/accounts/accounts.ts'
import { ownersOfAll } from '../../src/accounts/all-owners.ts'
import { namedDomain } from '../../src/accounts/domain-id.ts'
import { ownedDomains } from '../../src/accounts/domains.ts'
import { claimDomain, releaseDomain } from '../../src/accounts/ownership.ts'
import { openSecretBox } from '../../src/auth/secret-box.ts'
import type { Database } from '../../src/ports/database/database.ts'
import { type CreatePlace, databaseForTest } from '../harness/database.ts'
import { loaded, pin } from '../harness/ledger.ts'

const domains = ['a.example.test', 'b.example.test', 'c.example.test']

/** A domain is given to an account, with its history or without, or taken from its owner. */
const move = fc.record({
  domain: fc.constantFrom(...domains),
  to: fc.constantFrom(0, 1, 2, null),
  withHistory: fc.constantFrom(true, false, undefined),
})
type Move = { domain: string; to: number | null; withHistory: boolean | undefined }

async function world(createPlace: CreatePlace) {
  const { database } = await databaseForTest(createPlace)
  const key = newFirstKey()
  await createFirstAccount(database, openSecretBox(randomBytes(32)), key)
  const accounts = [key.accountId]
  for (const name of ['one', 'two']) accounts.push((await createAccount(database, name))?.id ?? '')
  await database.queries
    .insertInto('domain')
    .values(domains.map((name) => ({ ...namedDomain(name), account_id: null, created_at_ms: 0 })))
    .execute()
  return { database, accounts, first: key.accountId }
}

async function make(database: Database, accounts: readonly string[], { domain, to, withHistory }: Move) {
  if (to === null) await releaseDomain(database, domain)
  else if (!(await claimDomain(database, accounts[to] ?? '', domain, withHistory))) {
    await releaseDomain(database, domain)
    await claimDomain(database, accounts[to] ?? '', domain, withHistory)
  }
  await loaded(database)
}

/** Owner and first load of each domain, put together from what each account has. */
async function apart(database: Database, accounts: readonly string[], dataVersion: number) {
  const told: [string, string][] = []
  for (const account of accounts) {
    const owned = await ownedDomains(database.queries, account, null, dataVersion)
    if ('missing' in owned) throw new Error('all were asked for')
    for (const name of owned.names) told.push([name, `${account} ${owned.seen.fromLoad.get(name) ?? 0}`])
  }
  expect(told).toHaveLength(domains.length)
  return new Map(told)
}

async function together(database: Database, firstAccountId: string, dataVersion: number) {
  const { owners, seen } = await ownersOfAll(database.queries, null, { dataVersion, firstAccountId })
  return new Map([...owners].map(([name, owner]) => [name, `${owner} ${seen.fromLoad.get(name) ?? 0}`]))
}

/** Rules of the owners of all domains in a data version. */
export function ownersOfAllContract(createPlace: CreatePlace) {
  it('has each domain once, with what the accounts have of it one by one, in every version', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(move, { minLength: 1, maxLength: 8 }), async (moves) => {
        const { database, accounts, first } = await world(createPlace)
        const versions = [(await pin(database)).dataVersion]
        for (const one of moves) {
          await make(database, accounts, one)
          versions.push((await pin(database)).dataVersion)
        }
        for (const version of versions)
          expect(await together(database, first, version)).toEqual(await apart(database, accounts, version))
      }),
      { numRuns: 10 },
    )
  })

  it('has the domains that are asked for, and refuses one that there is not', async () => {
    const { database, accounts, first } = await world(createPlace)
    await claimDomain(database, accounts[1] ?? '', 'b.example.test')
    const at = { dataVersion: (await pin(database)).dataVersion, firstAccountId: first }
    const asked = ['a.example.test', 'b.example.test']
    expect([...(await ownersOfAll(database.queries, asked, at)).owners]).toEqual([
      ['a.example.test', first],
      ['b.example.test', accounts[1]],
    ])
    await expect(ownersOfAll(database.queries, ['x.example.test'], at)).rejects.toThrow('x.example.test does not exist')
  })
}
