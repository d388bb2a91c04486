import { openSecretBox, parseMasterKey, type SecretBox } from '../../auth/secret-box.ts'
import type { Config } from '../../config/config.ts'
import { keyAtHand } from '../../parts/open-parts.ts'
import { hasSealOf, type ReadManifest } from './backup-form.ts'
import { readListed } from './read-listed.ts'

/** Who vouches for a backup: the master key that was at hand, only the one that lies in it, or nobody. */
export type Vouched = 'sealed' | 'sealed by its own key' | 'unsealed'

const where = 'set --master-key (FLUXPORT_MASTER_KEY), or put master.key into the data directory'
export const unsealedText =
  'The backup has no seal: it was made without the master key, or by a build that sealed none, or somebody took the seal ' +
  'away. Whoever could write to where it lay may have altered it, roles of keys among the rest. If nobody could, say ' +
  '--accept-unsealed'
const keyPath = 'data-dir/master.key'
const keyBytesMax = 1_024

/**
 * The key that a backup's secrets open with, and who vouches for it. A key that lies in the backup proves that nothing was
 * damaged, not who made it: whoever wrote the manifest may have written the key.
 * @param acceptsUnsealed the operator trusts where it lay; those of builds before seals have none
 * @throws BackupDamaged when it has another's seal; Error with a sentence when there is no key, or no seal
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
