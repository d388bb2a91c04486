import type { SecretBox } from '../auth/secret-box.ts'
import type { Database } from '../ports/database/database.ts'
import type { Secrets } from '../ports/warehouse/secrets.ts'
import type { Warehouse } from '../ports/warehouse/warehouse.ts'
import { assertHashes, findClientKey, provideClientKey } from './client-key.ts'
import { asLogged, type PrivacyProfile } from './profile.ts'

/** Privacy rules of loading. The key exists when addresses are truncated, or ever were. */
export type LoadPrivacy = Readonly<{ profile: PrivacyProfile; clientKey: () => Promise<Secrets | null> }>

/** Keeps everything, and needs no key. */
export const noPrivacy: LoadPrivacy = { profile: asLogged, clientKey: async () => null }

/** @throws Error with a sentence when addresses are to be truncated and cannot be hashed */
export async function loadPrivacyOf(
  profile: PrivacyProfile,
  { database, warehouse, box }: { database: Database; warehouse: Warehouse; box: SecretBox },
): Promise<LoadPrivacy> {
  if (profile.clientAddresses === 'truncated') await assertHashes(warehouse, await provideClientKey(database, box))
  return { profile, clientKey: () => findClientKey(database, async () => box) }
}
