import { expect, it } from 'vitest'
import { type CreatePlace, databaseForTest } from '../../test/harness/database.ts'
import { createFirstAccount, newFirstKey } from '../accounts/accounts.ts'
import { openSecretBox } from '../auth/secret-box.ts'
import type { Database } from '../ports/database/database.ts'
import { keyOfLink, makeLink, operatorsLink, spendLink } from './sign-in-links.ts'

const publicUrl = () => 'https://stats.example.test/'
const tokenOf = (url: string | undefined) => url?.split('#token=')[1] ?? ''
const spend = (database: Database, token: string) => database.write((tx) => spendLink(database, tx, token))

export function signInLinksContract(createPlace: CreatePlace) {
  it('sign in once among several processes of one database', async () => {
    const { database, connect } = await databaseForTest(createPlace)
    // SQLite's second connection would wait for the first in the same thread, for ever.
    const other = database.kind === 'postgres' ? await connect() : database
    const { url, expiresAtMs } = await makeLink(database, 'key', publicUrl)
    expect(url).toMatch(/^https:\/\/stats\.example\.test\/#token=[\w-]{43}$/)
    expect(Math.abs(expiresAtMs - Date.now() - 600_000)).toBeLessThan(60_000)
    expect(await keyOfLink(other, tokenOf(url))).toBe('key')
    const spent = await Promise.all(
      Array.from({ length: 10 }, (_, n) => spend(n % 2 === 0 ? database : other, tokenOf(url))),
    )
    expect(spent.filter(Boolean)).toHaveLength(1)
    expect(await keyOfLink(database, tokenOf(url))).toBeNull()
  })

  it('end by the database’s clock, and are removed by the next one', async () => {
    const { database } = await databaseForTest(createPlace)
    const { url } = await makeLink(database, 'key', publicUrl)
    const links = () => database.queries.selectFrom('console_link').select('access_key').execute()
    await database.queries.updateTable('console_link').set({ expires_at_ms: database.nowMs }).execute()
    expect(await keyOfLink(database, tokenOf(url))).toBeNull()
    expect(await spend(database, tokenOf(url))).toBe(false)
    expect(await links()).toHaveLength(1)
    await makeLink(database, 'other', publicUrl)
    expect(await links()).toEqual([{ access_key: 'other' }])
  })

  it('are at most 20 of a key: a further one replaces the oldest, and no other key’s', async () => {
    const { database } = await databaseForTest(createPlace)
    const others = await makeLink(database, 'other', publicUrl)
    const tokens: string[] = []
    for (let n = 0; n < 22; n++) {
      tokens.push(tokenOf((await makeLink(database, 'key', publicUrl)).url))
      await database.queries
        .updateTable('console_link')
        .set((eb) => ({ expires_at_ms: eb('expires_at_ms', '-', 1) }))
        .execute()
    }
    const keys = await Promise.all(tokens.map((token) => keyOfLink(database, token)))
    expect(keys).toEqual([null, null, ...Array(20).fill('key')])
    expect(await keyOfLink(database, tokenOf(others.url))).toBe('other')
  })

  it('are of the oldest operator key that is usable; of none without one', async () => {
    const { database } = await databaseForTest(createPlace)
    expect(await operatorsLink(database, publicUrl)).toBeNull()
    const key = newFirstKey()
    await createFirstAccount(database, openSecretBox(Buffer.alloc(32, 1)), key)
    const link = await operatorsLink(database, publicUrl)
    expect(await keyOfLink(database, tokenOf(link?.url))).toBe(key.accessKey)
    await database.queries.updateTable('access_key').set({ revoked_at_ms: 1 }).execute()
    expect(await operatorsLink(database, publicUrl)).toBeNull()
  })
}
