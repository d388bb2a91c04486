import { expect, it } from 'vitest'
import { listKeys } from '../../src/accounts/accounts.ts'
import { revokeKey, rotateKey } from '../../src/accounts/change-keys.ts'
import { offlineActor } from '../../src/audit/audit-log.ts'
import type { Database } from '../../src/ports/database/database.ts'
import type { CreatePlace } from '../harness/database.ts'
import { box, inAnHour, isGood, refused, twoAccounts } from './key-life.contract.ts'

const rotate = (database: Database, key: string, overlapMs: number) =>
  rotateKey(database, box, key, { rotation: { overlapMs, expiresAtMs: undefined }, actor: offlineActor })

/** Keys that came of one. */
export function keyLineageContract(createPlace: CreatePlace) {
  it('lets a lineage have two keys that are good, whoever rotates which of them', async () => {
    const { database, make } = await twoAccounts(createPlace)
    const root = await make({ role: 'ingest' })
    const made = [root]
    const living = async () => {
      const good = await Promise.all(made.map((key) => isGood(database, key)))
      return made.filter((_, n) => good[n])
    }
    for (let n = 0; n < 12; n++) {
      const key = made[n % made.length] as string
      const rotated = await rotate(database, key, n % 2 === 0 ? 3_600_000 : 0).catch((error) => String(error.code))
      if (typeof rotated === 'object' && rotated !== null) made.push(rotated.key.accessKey)
      expect((await living()).length).toBeLessThanOrEqual(2)
    }
    expect(await living()).toContain(root)
    await expect(rotate(database, root, 0)).rejects.toEqual(refused('FLUXPORT.0206'))
    expect((await revokeKey(database, root, offlineActor)).length).toBe(2)
    expect(await living()).toEqual([])
    expect(await revokeKey(database, root, offlineActor)).toEqual([])
  })

  it('revokes what took a key’s place with it, though the key itself has gone already, or leaves that when asked to', async () => {
    const { database, make } = await twoAccounts(createPlace)
    const [stolen, other] = [await make({}), await make({})]
    const first = (await rotate(database, stolen, 0))?.key.accessKey ?? ''
    const second = (await rotate(database, first, 60_000))?.key.accessKey ?? ''
    expect(await revokeKey(database, stolen, offlineActor)).toEqual([first, second])
    const kept = (await rotate(database, other, 60_000))?.key.accessKey ?? ''
    expect(await revokeKey(database, other, offlineActor, { keepsSuccessors: true })).toEqual([other])
    expect([await isGood(database, kept), await isGood(database, second)]).toEqual([true, false])
  })

  it('keeps the end of a key that its holder rotates, and lets that be done ten times a day', async () => {
    const { database, make } = await twoAccounts(createPlace)
    const end = inAnHour()
    let key = await make({ expiresAtMs: end })
    const rotation = { overlapMs: 0, expiresAtMs: undefined, isOwn: true }
    for (let n = 0; n < 10; n++) {
      const made = await rotateKey(database, box, key, { rotation, actor: offlineActor })
      expect(made?.expiresAtMs).toBe(end)
      key = made?.key.accessKey ?? ''
    }
    const refusal = rotateKey(database, box, key, { rotation, actor: offlineActor })
    await expect(refusal).rejects.toMatchObject({ code: 'APIGW.0308', retryAfterSeconds: expect.any(Number) })
    expect(await isGood(database, key)).toBe(true)
    expect((await rotate(database, key, 0))?.expiresAtMs).toBeGreaterThan(Date.now() + 3_500_000)
  })

  it('lists keys a page at a time, each once', async () => {
    const { database, make } = await twoAccounts(createPlace)
    for (let n = 0; n < 7; n++) await make({})
    const all = (await listKeys(database)).map((key) => key.access_key)
    const paged: string[] = []
    for (let after: string | null = null; paged.length < all.length; ) {
      const page: { access_key: string }[] = (await listKeys(database, { limit: 3, after })) ?? []
      paged.push(...page.map((key) => key.access_key))
      after = page.at(-1)?.access_key ?? null
    }
    expect(paged).toEqual(all)
    expect(await listKeys(database, { limit: 3, after: 'FLXUNKNOWN' })).toBeNull()
  })
}
