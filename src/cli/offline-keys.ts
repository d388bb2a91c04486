import { randomBytes } from 'node:crypto'
import { firstAccountId } from '../accounts/accounts.ts'
import { ingestToken } from '../accounts/authenticate.ts'
import { addKey } from '../accounts/change-keys.ts'
import { operatorsAlone } from '../accounts/key-routes.ts'
import { resealAll } from '../accounts/reseal.ts'
import { offlineActor } from '../audit/audit-log.ts'
import { keyBytes, openSecretBox, parseMasterKey } from '../auth/secret-box.ts'
import type { Config } from '../config/config.ts'
import { ConfigError } from '../errors.ts'
import { placeNewKey, settleMasterKey } from '../parts/master-key-file.ts'
import { openOffline } from '../parts/open-offline.ts'
import { expiryOf, type KeyFlags, showSecret } from './keys.ts'
import { printAside, say } from './terminal.ts'

const roles = ['operator', 'account', 'ingest'] as const

/** Makes a key without a server, for example when no key is left; prints it as a server does. */
export async function createKeyOffline(config: Config, flags: KeyFlags): Promise<void> {
  const role = roles.find((name) => name === flags.role)
  if (!role) throw new ConfigError(`--role: it is not one of ${roles.join(', ')}`)
  const { database, box, close } = await openOffline(config)
  try {
    const accountId = flags.account ?? (await firstAccountId(database))
    const account = await database.queries
      .selectFrom('account')
      .selectAll()
      .where('id', '=', accountId)
      .executeTakeFirst()
    if (!account) throw new ConfigError('--account: there is no such account')
    if (account.locked_at_ms !== null)
      throw new ConfigError(`--account: ${account.name} is locked, and its keys are good for nothing: name another`)
    if (role === 'operator' && account.is_first !== 1) throw new ConfigError(`--role: ${operatorsAlone}`)
    const domains = flags.domains?.split(',').map((name) => name.trim().toLowerCase()) ?? null
    if (role !== 'ingest' && (flags.source !== undefined || domains !== null))
      throw new ConfigError('--role: --source and --domains limit ingest keys alone')
    const expiresAtMs = expiryOf(flags.expires) ?? null
    const asked = { accountId, role, source: flags.source ?? null, domains, description: flags.description ?? '' }
    const key = await addKey(database, box, { ...asked, expiresAtMs }, offlineActor)
    const shown = {
      access_key: key.accessKey,
      secret_key: key.secretKey,
      ingest_token: role === 'ingest' ? ingestToken(key) : null,
      account_id: accountId,
      role,
      expires_at: expiresAtMs,
    }
    showSecret(shown)
  } finally {
    await close()
  }
}

/**
 * Seals every secret anew under another master key. If killed at any point, it leaves the old state or the new one, and
 * the next start or command completes it.
 * @param newKey base64; null: a random one, if the key lies in the data directory
 */
export async function reseal(config: Config, newKey: string | null): Promise<void> {
  const isFile = config.masterKey === null
  if (newKey === null && !isFile)
    throw new ConfigError('--new-master-key (FLUXPORT_NEW_MASTER_KEY): say the new key, as the old one is in no file')
  const next = newKey === null ? randomBytes(keyBytes) : newKeyOf(newKey)
  const { database, box, close } = await openOffline(config)
  try {
    if (isFile) await placeNewKey(config.dataDir, next)
    const { keys, secrets } = await resealAll(database, box, openSecretBox(next), offlineActor)
    await settleMasterKey(config, database)
    say`${keys} keys and ${secrets} other secrets are sealed under the new master key`
    printAside(
      isFile
        ? 'master.key is the new one. Backups of before open with the old one alone, which lies beside it: keep it with them'
        : 'Start every server with the new one. Backups of before open with the old one alone: keep it with them',
    )
  } finally {
    await close()
  }
}

function newKeyOf(text: string): Buffer {
  try {
    return parseMasterKey(text)
  } catch (error) {
    throw new ConfigError(
      `--new-master-key (FLUXPORT_NEW_MASTER_KEY): ${error instanceof Error ? error.message : 'it is wrong'}`,
    )
  }
}
