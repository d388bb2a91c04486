import { readCredentials, writeCredentials } from '../parts/data-files.ts'
import { type Client, ClientError } from './client.ts'
import { ownAccount } from './own-account.ts'
import { table, timeText } from './table.ts'
import { timesOf } from './table-times.ts'
import { print, printAside, printJson, say, sayAside } from './terminal.ts'

/** Commands for keys, accounts' locks, secrets and the audit log; each prints the API's answer. */

export type KeyFlags = {
  role: string
  account?: string
  source?: string
  domains?: string
  description?: string
  expires?: string
}

const daysMs = 86_400_000

/** Unix ms of `90d` from now, or of an instant like 2027-01-01T00:00:00Z. @throws ClientError */
export function expiryOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const [, days] = /^(\d{1,5})d$/.exec(text) ?? []
  const timeMs = days === undefined ? Date.parse(text) : Date.now() + Number(days) * daysMs
  if (!Number.isSafeInteger(timeMs) || timeMs <= Date.now())
    throw new ClientError('--expires: it is not days like 90d, or a time to come like 2027-01-01T00:00:00Z')
  return timeMs
}

export async function createKey(client: Client, flags: KeyFlags): Promise<void> {
  const asked = {
    role: flags.role,
    account_id: flags.account,
    source: flags.source,
    domains: flags.domains?.split(',').map((name) => name.trim().toLowerCase()),
    description: flags.description,
    expires_at: expiryOf(flags.expires),
  }
  showSecret(await client.send('POST', '/api/v1/access-keys', asked))
}

/**
 * @param asked the key; undefined: the one that signs
 * @param dataDir its credentials.json gets the new key, if it has the old one
 */
export async function rotateKey(
  client: Client,
  asked: string | undefined,
  flags: { overlapSeconds?: string; expires?: string },
  dataDir: string,
): Promise<void> {
  const accessKey = asked ?? (await ownAccount(client)).access_key
  const path = `/api/v1/access-keys/${encodeURIComponent(accessKey)}/rotate`
  const rotation = { overlap_seconds: flags.overlapSeconds, expires_at: expiryOf(flags.expires) }
  const made = await client.send<MadeJson>('POST', path, rotation)
  showSecret(made)
  const credentials = await readCredentials(dataDir)
  if (credentials?.access_key !== accessKey) return
  // Otherwise commands on this directory would keep the old key, and fail when it ends.
  const key = { accessKey: made.access_key, secretKey: made.secret_key, accountId: made.account_id, role: made.role }
  sayAside`${await writeCredentials(dataDir, credentials.endpoint, key)} has the new key now.`
}

type MadeJson = {
  access_key: string
  secret_key: string
  account_id: string
  role: 'operator' | 'account' | 'ingest'
  expires_at: number | null
  old_until?: number
}

/** Prints the answer unchanged for programs; for people its times are printed on standard error. */
export function showSecret(made: Pick<MadeJson, 'expires_at' | 'old_until'>): void {
  printJson(made)
  printAside('The secret is shown this once.')
  if (made.expires_at !== null) printAside(`It expires at ${timeText(made.expires_at)} UTC.`)
  if (made.old_until !== undefined) printAside(`The key before is good until ${timeText(made.old_until)} UTC.`)
}

type KeyJson = {
  access_key: string
  account_id: string
  account_name?: string
  role: string
  source: string | null
  domains: string[] | null
  replaces: string | null
  description: string
  created_at: number
  revoked_at: number | null
  expires_at: number | null
  last_used_at: number | null
}

function stateOf(key: KeyJson): string {
  if (key.revoked_at !== null) return 'revoked'
  return key.expires_at !== null && key.expires_at <= Date.now() ? 'expired' : 'active'
}

export async function listKeys(client: Client, flags: { json?: boolean; timeZone?: string }): Promise<void> {
  const keys: KeyJson[] = []
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page: { access_keys: KeyJson[]; next_cursor: string | null } = await client.get(
      '/api/v1/access-keys',
      cursor === undefined ? {} : { cursor },
    )
    keys.push(...page.access_keys)
    cursor = page.next_cursor
  }
  if (flags.json) return printJson({ access_keys: keys })
  const times = await timesOf(client, flags)
  const rows = keys.map((key) => [
    key.access_key,
    key.role,
    key.account_id,
    key.account_name ?? null,
    key.source,
    key.domains && (key.domains.join(', ') || 'none'),
    stateOf(key),
    times.text(key.created_at),
    times.text(key.last_used_at),
    times.text(key.expires_at),
    key.replaces,
    key.description,
  ])
  const moments = ['created', 'last used', 'expires'].map((name) => `${name} (${times.zone})`)
  const whose = ['account', 'account name', 'source', 'domains']
  print(table(['access key', 'role', ...whose, 'state', ...moments, 'replaces', 'description'], rows))
}

export async function revokeKey(client: Client, accessKey: string, flags: { keepSuccessors?: boolean }): Promise<void> {
  const query = flags.keepSuccessors ? '?keep_successors=true' : ''
  const path = `/api/v1/access-keys/${encodeURIComponent(accessKey)}${query}`
  const { also_revoked: more } = await client.send<{ also_revoked: string[] }>('DELETE', path)
  say`${accessKey} is revoked${more.length > 0 ? `, and what took its place: ${more.join(', ')}` : ''}`
}

export async function rotateLinks(client: Client, flags: { overlapSeconds?: string }): Promise<void> {
  const asked = { overlap_seconds: flags.overlapSeconds }
  const { old_until: untilMs } = await client.send<{ old_until: number | null }>(
    'POST',
    '/api/v1/download-links/rotate',
    asked,
  )
  const times = await timesOf(client, {})
  print(untilMs === null ? 'old links have ended' : `old links are good until ${times.text(untilMs)} ${times.zone}`)
}

export async function lockAccount(client: Client, id: string, word: 'lock' | 'unlock'): Promise<void> {
  await client.send('POST', `/api/v1/accounts/${encodeURIComponent(id)}/${word}`)
  say`${id} is ${word}ed`
}

export async function showWebhookSecret(client: Client): Promise<void> {
  printJson(await client.get('/api/v1/webhook-secret'))
}

export async function rotateWebhookSecret(client: Client, flags: { overlapSeconds?: string }): Promise<void> {
  const asked = { overlap_seconds: flags.overlapSeconds }
  printJson(await client.send('POST', '/api/v1/webhook-secret/rotate', asked))
}
