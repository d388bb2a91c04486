import type { Config } from '../config/config.ts'
import { createLogger } from '../logger.ts'
import { readServerFile } from '../parts/data-files.ts'
import type { reportView } from '../upkeep/consistency/report-view.ts'
import { askServer, openClient } from './client.ts'
import type { Finding } from './finding.ts'
import { grouped } from './progress-bar.ts'

type Report = ReturnType<typeof reportView>

/**
 * Compares the ledger with all stored data: by the server that runs on this data directory, or, without one, in this
 * process.
 * @param repair repairs what can be repaired
 */
export async function lookDeep(config: Config, repair: boolean, environment: NodeJS.ProcessEnv): Promise<Finding[]> {
  const report = (await isServed(config))
    ? await byServer(config, repair, environment)
    : await checkHere(config, repair)
  const looked = `${grouped(report.loads)} loads, ${grouped(report.requests)} requests, data version ${report.data_version}`
  const toRemove =
    report.loads_to_remove > 0 ? `; ${report.loads_to_remove} loads that do not count are to be removed` : ''
  const findings = report.findings.map((finding): Finding => {
    const advice = finding.repairable ? 'fluxport doctor --deep --repair' : 'nothing here can put it right'
    return {
      topic: finding.kind,
      state: finding.repaired ? 'warn' : 'bad',
      text: `${finding.text}: ${finding.repaired ? `repaired, ${finding.action}` : advice}`,
    }
  })
  const sum = `${looked}${toRemove}${findings.length === 0 ? ': everything adds up' : `: ${findings.length} findings`}`
  return [{ topic: 'consistency', state: report.consistent ? 'ok' : 'bad', text: sum }, ...findings]
}

/** A killed server leaves its file behind, so the file alone proves nothing. */
async function isServed(config: Config): Promise<boolean> {
  const running = await readServerFile(config.dataDir)
  if (!running) return false
  return await askServer(running, '/healthz').then(
    () => true,
    () => false,
  )
}

async function byServer(config: Config, repair: boolean, environment: NodeJS.ProcessEnv): Promise<Report> {
  const client = await openClient({ dataDir: config.dataDir }, environment)
  return await client.send('POST', '/api/v1/consistency-checks', { repair })
}

/** Without a server, this process opens the parts and closes them again. */
async function checkHere(config: Config, repair: boolean): Promise<Report> {
  const [{ openParts }, { checkConsistency }, view] = await Promise.all([
    import('../parts/open-parts.ts'),
    import('../upkeep/consistency/check-consistency.ts'),
    import('../upkeep/consistency/report-view.ts'),
  ])
  const parts = await openParts(config, createLogger('silent'))
  try {
    return view.reportView(await checkConsistency(parts, { repair, signal: new AbortController().signal }))
  } finally {
    await parts.close()
  }
}
