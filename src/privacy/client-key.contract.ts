import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { type CreatePlace, databaseForTest } from '../../test/harness/database.ts'
import { openSecretBox } from '../auth/secret-box.ts'
import { findClientKey, provideClientKey } from './client-key.ts'

/** Rules of the key of client hashes, on every database. */
export function clientKeyContract(createPlace: CreatePlace) {
  describe('the key of client hashes', () => {
    it('is not there before it is needed; then it is one for all who ask at once, and stays', async () => {
      const { database, connect } = await databaseForTest(createPlace)
      const box = openSecretBox(randomBytes(32))
      const neverAsked = () => Promise.reject(new Error('nothing is sealed'))
      expect(await findClientKey(database, neverAsked)).toBeNull()
      const others = await Promise.all([connect(), connect()])
      const asked = [database, ...others, database].map((one) => provideClientKey(one, box))
      const [first, ...rest] = await Promise.all(asked)
      for (const key of [...rest, await provideClientKey(database, box)]) expect(key).toEqual(first)
      expect(await findClientKey(database, async () => box)).toEqual(first)
      const halves = Object.values(first ?? {})
      expect(new Set(halves).size).toBe(2)
      for (const half of halves) expect(half).toMatch(/^\d{10,20}$/)
    })

    it('lies sealed, and another master key does not open it', async () => {
      const { database } = await databaseForTest(createPlace)
      const key = await provideClientKey(database, openSecretBox(Buffer.alloc(32, 1)))
      const rows = JSON.stringify(await database.queries.selectFrom('own_secret').selectAll().execute())
      for (const half of Object.values(key)) expect(rows).not.toContain(half)
      const other = openSecretBox(Buffer.alloc(32, 2))
      await expect(findClientKey(database, async () => other)).rejects.toThrow(/master key does not open/)
      await expect(provideClientKey(database, other)).rejects.toThrow(/the same --master-key/)
    })
  })
}
