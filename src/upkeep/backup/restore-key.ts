import { openSecretBox, parseMasterKey, type SecretBox } from '../../auth/secret-box.ts'
import type { Config } from '../../config/config.ts'
import { keyAtHand } from '../../parts/open-parts.ts'
import { hasSealOf, type ReadManifest } from './backup-form.ts'
import { readListed } from './read-listed.ts'

/** The proof of a backup's origin: the master key at hand, only the key inside the backup, or none. */
export type Vouched = 'sealed' | 'sealed by its own key' | 'unsealed'

const where = 'set --master-key (FLUXPORT_MASTER_KEY), or put master.key into the data directory'
export const unsealedText =
  'The backup has no seal: it was made without the master key, or by a build that sealed none, or somebody took the seal ' +
  'away. Whoever could write to where it lay may have altered it, roles of keys among the rest. If nobody could, say ' +
  '--accept-unsealed'
const keyPath = 'data-dir/master.key'
const keyBytesMax = 1_024

/**
 * The key that opens a backup's secrets, and the proof of its origin. A key inside the backup proves that nothing was
 * damaged, but not its origin: the author of the manifest may have written the key.
 * @param acceptsUnsealed the operator trusts the backup's storage; backups of builds before seals have no seal
 * @throws BackupDamaged when it has another key's seal; Error with a sentence when there is no key, or no seal
 */
export async function keyOfBackup(
  read: ReadManifest,
  config: Config,
  acceptsUnsealed: boolean,
): Promise<{ box: SecretBox; vouched: Vouched }> {
  const given = await keyAtHand(config)
  const box = given ?? (await enclosedKey(read))
  if (!box) throw new Error(`The backup has no master key, without which its secrets do not open: ${where}`)
  if (hasSealOf(box, read)) return { box, vouched: given ? 'sealed' : 'sealed by its own key' }
  if (acceptsUnsealed) return { box, vouched: 'unsealed' }
  throw new Error(unsealedText)
}

async function enclosedKey({ root, manifest }: ReadManifest): Promise<SecretBox | null> {
  if (!manifest.files.some((file) => file.path === keyPath)) return null
  return openSecretBox(parseMasterKey(await readListed(root, keyPath, keyBytesMax)))
}
