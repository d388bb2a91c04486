import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Config } from '../config/config.ts'
import { hasDatabase, withDatabase } from './doctor-database.ts'
import type { Finding } from './finding.ts'

/** Settings that determine a set-up's safety, and its zone. For secrets and files: only whether there is one. */
export type SafetySettings = Pick<
  Config,
  | 'dataDir'
  | 'host'
  | 'publicUrl'
  | 'timeZone'
  | 'keepAuditDays'
  | 'webhookAllowPrivate'
  | 'webhookHttpLinks'
  | 'metricsAddress'
> & { tls: boolean; metricsTokenSet: boolean }

export const safetySettingsOf = (config: Config): SafetySettings => ({
  ...config,
  tls: config.tlsCert !== null,
  metricsTokenSet: config.metricsToken !== null,
})

const given = 'the settings given to doctor: give it the flags and variables of the server'

/**
 * The settings of the server that runs on this directory, from the record of its start. Without a server, without the
 * record, and for missing settings, those given to this command.
 */
export async function settingsInForce(
  config: Config,
  isRunning: boolean,
): Promise<{ settings: SafetySettings; finding: Finding }> {
  const own = safetySettingsOf(config)
  const started = isRunning ? await startedWith(config).catch(() => null) : null
  if (started === null)
    return { settings: own, finding: { topic: 'settings', state: 'ok', text: `judged by ${given}` } }
  const text = 'judged by those that the running server was started with'
  return { settings: { ...own, ...started }, finding: { topic: 'settings', state: 'ok', text } }
}

/** Null: nothing was recorded, or pruning of the audit log has removed it. */
async function startedWith(config: Config): Promise<Partial<SafetySettings> | null> {
  if (!(await hasDatabase(config))) return null
  const owner = await readFile(join(config.dataDir, 'owner'), 'utf8')
  return await withDatabase(config, async ({ queries }) => {
    const row = await queries
      .selectFrom('audit_event')
      .select('after_json')
      .where('action', '=', 'server.started')
      .where('object', '=', owner)
      .orderBy('id', 'desc')
      .limit(1)
      .executeTakeFirst()
    return row?.after_json ? (JSON.parse(row.after_json) as Partial<SafetySettings>) : null
  })
}
