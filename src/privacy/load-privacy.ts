import type { SecretBox } from '../auth/secret-box.ts'
import type { Database } from '../database/database.ts'
import type { Secrets } from '../warehouse/secrets.ts'
import type { Warehouse } from '../warehouse/warehouse.ts'
import { assertHashes, provideClientKey } from './client-key.ts'
import { asLogged, type PrivacyProfile } from './profile.ts'

/** What loading goes by. The key is there when addresses are truncated. */
export type LoadPrivacy = Readonly<{ profile: PrivacyProfile; clientKey: Secrets | null }>

/** Nothing is dropped, and no key is needed. */
export const noPrivacy: LoadPrivacy = { profile: asLogged, clientKey: null }

/** @throws Error with a sentence when addresses are to be truncated and cannot be hashed */
export async function loadPrivacyOf(
  profile: PrivacyProfile,
  { database, warehouse, box }: { database: Database; warehouse: Warehouse; box: SecretBox },
): Promise<LoadPrivacy> {
  if (profile.clientAddresses === 'full') return { profile, clientKey: null }
  const clientKey = await provideClientKey(database, box)
  await assertHashes(warehouse, clientKey)
  return { profile, clientKey }
}
