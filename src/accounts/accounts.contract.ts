import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { ownershipContract } from '../../test/contracts/ownership.contract.ts'
import { type CreatePlace, databaseForTest } from '../../test/harness/database.ts'
import { offlineActor } from '../audit/audit-log.ts'
import { openSecretBox } from '../auth/secret-box.ts'
import type { Database } from '../ports/database/database.ts'
import {
  createAccount,
  createFirstAccount,
  createKey,
  findAccount,
  findKey,
  listAccounts,
  listKeys,
  type NewKey,
  newFirstKey,
} from './accounts.ts'
import { revokeKey } from './change-keys.ts'
import { namedDomain } from './domain-id.ts'
import { allDomains, domainsNotOwned, domainsOfAccount } from './domains.ts'
import { claimDomain, releaseDomain } from './ownership.ts'
import { removeUnusedDomain } from './unused-domain.ts'

const box = openSecretBox(randomBytes(32))

async function accountNamed(database: Database, name: string): Promise<string> {
  const account = await createAccount(database, name)
  if (!account) throw new Error(`${name} is taken`)
  return account.id
}

/** The first account, which owns every domain without an owner, and two others. */
async function threeAccounts(createPlace: CreatePlace) {
  const { database } = await databaseForTest(createPlace)
  const first = newFirstKey()
  if (!(await createFirstAccount(database, box, first))) throw new Error('there was an account')
  const ours = await accountNamed(database, 'ours')
  const theirs = await accountNamed(database, 'theirs')
  return { database, first: first.accountId, ours, theirs }
}

/** Records a domain as a load does that has seen it. */
const seeDomain = (database: Database, name: string) =>
  database.queries
    .insertInto('domain')
    .values({ ...namedDomain(name), account_id: null, created_at_ms: 1 })
    .execute()

export function accountsContract(createPlace: CreatePlace) {
  accountRules(createPlace)
  keyRules(createPlace)
  ownershipRules(createPlace)
  claimRules(createPlace)
  describe('ownership', () => ownershipContract(createPlace))
}

function accountRules(createPlace: CreatePlace) {
  it('gives a name to one account alone, however many ask for it at once', async () => {
    const { database } = await databaseForTest(createPlace)
    const asked = await Promise.all(Array.from({ length: 10 }, () => createAccount(database, 'reseller')))
    const made = asked.filter((account) => account !== null)
    expect(made).toHaveLength(1)
    expect(await listAccounts(database)).toEqual(made)
    expect(await findAccount(database, made[0]?.id ?? '')).toEqual(made[0])
  })

  it('knows no account under an id that was never given', async () => {
    const { database } = await databaseForTest(createPlace)
    expect(await findAccount(database, 'f'.repeat(32))).toBeUndefined()
  })

  it('lists accounts by name, in the order of their characters whatever the database’s language', async () => {
    const { database } = await databaseForTest(createPlace)
    for (const name of ['b', 'a.b', 'B', 'a-b', 'ab', 'é', 'a_b']) await accountNamed(database, name)
    const names = (await listAccounts(database)).map((account) => account.name)
    expect(names).toEqual(['B', 'a-b', 'a.b', 'a_b', 'ab', 'b', 'é'])
  })

  it('makes the first account once, with an operator’s key, whichever process asks first', async () => {
    const { database } = await databaseForTest(createPlace)
    const keys = Array.from({ length: 5 }, newFirstKey)
    const made = await Promise.all(keys.map((key) => createFirstAccount(database, box, key)))
    const winners = keys.filter((_, i) => made[i])
    expect(winners).toEqual([expect.objectContaining({ role: 'operator' })])
    expect(await listAccounts(database)).toMatchObject([{ id: winners[0]?.accountId, is_first: 1 }])
    expect(await listKeys(database)).toMatchObject([{ access_key: winners[0]?.accessKey }])
    expect(await createFirstAccount(database, box, newFirstKey())).toBe(false)
  })
}

function keyRules(createPlace: CreatePlace) {
  const plain: Omit<NewKey, 'accountId'> = { role: 'account', source: null, domains: null, description: 'for a test' }

  it('keeps a secret that opens with its own key’s name alone', async () => {
    const { database, ours } = await threeAccounts(createPlace)
    const key = await createKey(database.queries, box, { ...plain, accountId: ours })
    const found = await findKey(database, key.accessKey)
    expect(found).toMatchObject({ account_id: ours, role: 'account', revoked_at_ms: null })
    expect(box.open(found?.secret_sealed ?? '', key.accessKey)).toBe(key.secretKey)
    expect(() => box.open(found?.secret_sealed ?? '', 'FLXANOTHER')).toThrow()
  })

  it('keeps what an ingest key is limited to', async () => {
    const { database, ours } = await threeAccounts(createPlace)
    const limited: NewKey = { ...plain, accountId: ours, role: 'ingest', source: 'edge', domains: ['www.example.test'] }
    const key = await createKey(database.queries, box, limited)
    const found = await findKey(database, key.accessKey)
    expect(found).toMatchObject({ role: 'ingest', source: 'edge', domains_json: '["www.example.test"]' })
  })

  it('refuses a key of an account that does not exist', async () => {
    const { database } = await threeAccounts(createPlace)
    await expect(createKey(database.queries, box, { ...plain, accountId: 'nobody' })).rejects.toThrow()
  })

  it('revokes a key once, and at once', async () => {
    const { database, ours } = await threeAccounts(createPlace)
    const key = await createKey(database.queries, box, { ...plain, accountId: ours })
    const revoked = await Promise.all([
      revokeKey(database, key.accessKey, offlineActor),
      revokeKey(database, key.accessKey, offlineActor),
    ])
    expect(revoked.flat()).toEqual([key.accessKey])
    expect(await findKey(database, key.accessKey)).toBeUndefined()
    expect(await revokeKey(database, 'FLXUNKNOWN', offlineActor)).toEqual([])
  })

  it('lists every key, revoked ones too, and no secret', async () => {
    const { database, ours } = await threeAccounts(createPlace)
    const key = await createKey(database.queries, box, { ...plain, accountId: ours })
    await revokeKey(database, key.accessKey, offlineActor)
    const listed = await listKeys(database)
    expect(listed).toHaveLength(2)
    expect(listed.find((one) => one.access_key === key.accessKey)?.revoked_at_ms).toBeGreaterThan(0)
    for (const one of listed) expect(one).not.toHaveProperty('secret_sealed')
  })
}

function ownershipRules(createPlace: CreatePlace) {
  it('counts a domain without an owner to the first account, and to no other', async () => {
    const { database, first, ours } = await threeAccounts(createPlace)
    await seeDomain(database, 'www.example.test')
    expect(await domainsOfAccount(database.queries, first)).toEqual(['www.example.test'])
    expect(await domainsOfAccount(database.queries, ours)).toEqual([])
  })

  it('shows an account its own domains, and not that others exist', async () => {
    const { database, first, ours, theirs } = await threeAccounts(createPlace)
    await claimDomain(database, ours, 'ours.example.test')
    await claimDomain(database, theirs, 'theirs.example.test')
    expect(await domainsOfAccount(database.queries, ours)).toEqual(['ours.example.test'])
    expect(await domainsOfAccount(database.queries, first)).toEqual([])
    const asked = ['theirs.example.test', 'ours.example.test', 'unknown.example.test', 'theirs.example.test']
    const notOwned = ['theirs.example.test', 'unknown.example.test', 'theirs.example.test']
    expect(await domainsNotOwned(database.queries, ours, asked)).toEqual(notOwned)
  })

  it('answers for more names than one statement can bind', async () => {
    const { database, ours } = await threeAccounts(createPlace)
    await claimDomain(database, ours, 'site-33333.example.test')
    const asked = Array.from({ length: 35_000 }, (_, index) => `site-${index}.example.test`)
    const notOwned = await domainsNotOwned(database.queries, ours, asked)
    expect(notOwned).toEqual(asked.filter((name) => name !== 'site-33333.example.test'))
    expect(await domainsNotOwned(database.queries, ours, [])).toEqual([])
  })

  it('lists domains in the order of their characters, whatever the database’s language', async () => {
    const { database, first } = await threeAccounts(createPlace)
    const sorted = ['a-b.test', 'a.b.test', 'a.test', 'a0.test', 'a_b.test', 'ab.test', 'b.test']
    for (const name of sorted.toReversed()) await seeDomain(database, name)
    expect(await domainsOfAccount(database.queries, first)).toEqual(sorted)
    expect((await allDomains(database)).map((domain) => domain.name)).toEqual(sorted)
  })
}

function claimRules(createPlace: CreatePlace) {
  it.each([
    { why: 'one that nobody has seen', seen: false },
    { why: 'one that logs have named', seen: true },
  ])('lets an account claim $why, and claim it again', async ({ seen }) => {
    const { database, first, ours } = await threeAccounts(createPlace)
    if (seen) await seeDomain(database, 'www.example.test')
    expect(await claimDomain(database, ours, 'www.example.test')).toBe(true)
    expect(await claimDomain(database, ours, 'www.example.test')).toBe(true)
    expect(await domainsOfAccount(database.queries, ours)).toEqual(['www.example.test'])
    expect(await domainsOfAccount(database.queries, first)).toEqual([])
  })

  it('leaves a claimed domain with its owner, the first account’s claims included', async () => {
    const { database, first, ours, theirs } = await threeAccounts(createPlace)
    await claimDomain(database, ours, 'www.example.test')
    expect(await claimDomain(database, theirs, 'www.example.test')).toBe(false)
    expect(await claimDomain(database, first, 'www.example.test')).toBe(false)
    expect(await allDomains(database)).toMatchObject([{ name: 'www.example.test', account_id: ours }])
  })

  it('gives a domain to one of those who claim it at once', async () => {
    const { database, ours, theirs } = await threeAccounts(createPlace)
    const claimants = Array.from({ length: 12 }, (_, index) => (index % 2 ? ours : theirs))
    const won = await Promise.all(claimants.map((id) => claimDomain(database, id, 'www.example.test')))
    const [domain] = await allDomains(database)
    expect(won).toEqual(claimants.map((id) => id === domain?.account_id))
  })

  it('returns a released domain to the first account, from which another may claim it', async () => {
    const { database, first, ours, theirs } = await threeAccounts(createPlace)
    await claimDomain(database, ours, 'www.example.test')
    expect(await releaseDomain(database, 'www.example.test')).toBe(true)
    expect(await domainsOfAccount(database.queries, first)).toEqual(['www.example.test'])
    expect(await claimDomain(database, theirs, 'www.example.test')).toBe(true)
    expect(await releaseDomain(database, 'unknown.example.test')).toBe(false)
  })

  it.each<{ state: string; rows: number; isOwned: boolean; loads: number; isRemoved: boolean }>([
    { state: 'without rows and owner', rows: 0, isOwned: false, loads: 0, isRemoved: true },
    { state: 'with rows', rows: 1, isOwned: false, loads: 0, isRemoved: false },
    { state: 'with an owner', rows: 0, isOwned: true, loads: 0, isRemoved: false },
    { state: 'that a load may name meanwhile, once', rows: 0, isOwned: false, loads: 1, isRemoved: true },
    { state: 'that loads may name all the while', rows: 0, isOwned: false, loads: 99, isRemoved: false },
  ])('removes a domain $state: $isRemoved', async ({ rows, isOwned, loads, isRemoved }) => {
    const { database, ours } = await threeAccounts(createPlace)
    await seeDomain(database, 'www.example.test')
    if (isOwned) await claimDomain(database, ours, 'www.example.test')
    let left = loads
    const warehouse = {
      rows: async <Row>(): Promise<Row[]> => {
        if (left > 0) await claimDomain(database, ours, `while-${left--}.example.test`)
        return Array.from({ length: rows }, () => ({}) as Row)
      },
    }
    expect(await removeUnusedDomain(database, warehouse, 'www.example.test')).toBe(isRemoved)
    const names = (await allDomains(database)).map(({ name }) => name)
    expect(names.includes('www.example.test')).toBe(!isRemoved)
  })

  it('refuses a claim of an account that does not exist', async () => {
    const { database } = await threeAccounts(createPlace)
    await expect(claimDomain(database, 'nobody', 'www.example.test')).rejects.toThrow()
  })
}
