import { stat } from 'node:fs/promises'
import { isUsable } from '../accounts/key-life.ts'
import type { Config } from '../config/config.ts'
import type { Database } from '../ports/database/database.ts'
import { hasDatabase, withDatabase } from './doctor-database.ts'
import type { Finding } from './finding.ts'

const backupsLookedAt = 100
const keysNamed = 10

/** Findings about keys, and about earlier backups. There are none before the first start. */
export async function keyFindings(config: Config): Promise<Finding[]> {
  if (!(await hasDatabase(config))) return []
  try {
    return await withDatabase(config, async (database) => [
      ...(await lastingKeys(database)),
      ...(await openBackups(database)),
    ])
  } catch {
    return [{ topic: 'safety', state: 'warn', text: 'keys and backups cannot be looked at: start the server once' }]
  }
}

/** One operator key must not expire; any other key without an expiry is valid for ever, even for a thief. */
async function lastingKeys(database: Database): Promise<Finding[]> {
  const rows = await database.queries
    .selectFrom('access_key')
    .innerJoin('account', 'account.id', 'access_key.account_id')
    .select(['access_key.access_key', 'access_key.role', 'account.name'])
    .where('access_key.expires_at_ms', 'is', null)
    .where(isUsable(database))
    .execute()
  const operators = rows.filter((row) => row.role === 'operator')
  const others = rows.length - Math.min(1, operators.length)
  if (others <= 0) return []
  // Of several operator keys, people must choose the one that stays.
  const named = rows.filter((row) => row.role !== 'operator' || operators.length > 1)
  const names = named.slice(0, keysNamed).map((row) => `${row.access_key} (${row.role} of ${row.name})`)
  const list = `${names.join(', ')}${named.length > keysNamed ? ', …' : ''}`
  const count = others === 1 ? '1 key never expires' : `${others} keys never expire`
  const text = `${count} beside the one that has to: ${list}`
  const advice = 'make others with --expires, and rotate them (fluxport keys; keys rotate)'
  return [{ topic: 'safety', state: 'warn', text: `${text}: ${advice}` }]
}

/** Warns of backups that others can read: those that the audit log records and that still exist at their paths. */
async function openBackups(database: Database): Promise<Finding[]> {
  const rows = await database.queries
    .selectFrom('audit_event')
    .select('object')
    .where('action', '=', 'backup.created')
    .orderBy('id', 'desc')
    .limit(backupsLookedAt)
    .execute()
  const findings: Finding[] = []
  for (const path of new Set(rows.map((row) => row.object))) {
    const status = await stat(path).catch(() => null)
    if (!status?.isDirectory() || (status.mode & 0o077) === 0) continue
    const text = `others can read the backup ${path}: chmod -R go-rwx it; who can write there can alter it`
    findings.push({ topic: 'safety', state: 'warn', text })
  }
  return findings
}
