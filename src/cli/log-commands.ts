import type { Command } from 'commander'
import { askerNames } from '../ingest/formats/line/askers.ts'
import { clientOf, withClientOptions, withListOptions, withTimedListOptions } from './client-options.ts'

const batchesModule = () => import('./batches.ts')

import { ClientError } from './client.ts'

/** Commands for logs: loading, batches, formats, log sources, kept log files and retention. */
export function logCommands(program: Command, environment: NodeJS.ProcessEnv): void {
  ingestCommand(program, environment)
  formatsCommand(program, environment)
  batchCommands(program, environment)
  retentionCommand(program, environment)
  sourcesCommand(program, environment)
  keptLogCommands(program, environment)
  geoCommands(program, environment)
}

function ingestCommand(program: Command, environment: NodeJS.ProcessEnv) {
  withClientOptions(
    program.command('ingest').argument('<FILE...>', 'log files, plain or compressed; - is standard input'),
  )
    .description('Load logs; the same bytes count once, however often they are loaded')
    .option('--format <NAME>', 'auto recognises it; or a name that fluxport formats lists', 'auto')
    .option('--domain <NAME>', 'the domain of lines that name none')
    .option('--domain-in-name <PATTERN>', 'take that domain from the file’s name: {domain}-access.log*')
    .option('--source <NAME>', 'name of the source that the logs come from (default default)')
    .option(
      '--service-area <AREA>',
      'by_country, mainland_china or outside_mainland_china, if the file’s name does not say (default the server’s)',
    )
    .option('--log-zone <ZONE>', 'time zone of times without one, as in HAProxy’s log (default the server’s)')
    .option(
      '--count-also <CLASSES>',
      `count classes of lines that no visitor asked for, separated by commas: ${askerNames.join(', ')}`,
    )
    .option(
      '--force',
      'count bytes a second time that are loaded under another domain, source or area; also accept overlap',
    )
    .option('--overlap <RULE>', 'refuse or accept a log whose requests other files of its source have', 'refuse')
    .option(
      '--rejected-percent-max <N>',
      'quarantine a log with a larger share of rejected lines; 100: never (default the server’s)',
    )
    .option('--dry-run', 'show how the server would read the first lines of each file, and load nothing')
    .option('--formats <FILE>', 'with --dry-run: formats of one’s own to try, as those of the server’s --formats')
    .action(async (files: string[], flags) => {
      if (flags.formats !== undefined && !flags.dryRun)
        throw new ClientError('--formats is for --dry-run: a server reads its own file when it starts')
      const { ingest } = flags.dryRun ? { ingest: (await import('./preview.ts')).preview } : await import('./ingest.ts')
      if (!(await ingest(await clientOf(flags, environment), files, flags))) process.exitCode = 1
    })
}

function formatsCommand(program: Command, environment: NodeJS.ProcessEnv) {
  const formats = program
    .command('formats')
    .description('Log formats: those that are known, and one for an unknown log')
  formats
    .command('list', { isDefault: true })
    .description('List the log formats, each with an example line')
    .action(async () => (await import('./formats.ts')).listFormats())
  withClientOptions(
    formats
      .command('guess')
      .argument('<FILE>')
      .description('Propose a format for a log of no known one, and show ten lines read with it'),
  )
    .option('--name <NAME>', 'name of the format', 'mine')
    .option('--domain <NAME>', 'the domain of lines that name none')
    .option('--log-zone <ZONE>', 'time zone of times without one (default the server’s)')
    .action(async (file: string, flags) => {
      const { guess } = await import('./guess.ts')
      if (!(await guess(await clientOf(flags, environment), file, flags))) process.exitCode = 1
    })
}

function batchCommands(program: Command, environment: NodeJS.ProcessEnv) {
  const batches = program.command('batches').description('Log batches: what was loaded')
  withTimedListOptions(batches.command('list', { isDefault: true }).description('List batches, the newest first'))
    .option('--limit <N>', 'show at most this many batches', '20')
    .option('--state <STATE>', 'queued, loading, loaded, duplicate, failed, quarantined or forgotten batches alone')
    .action(async (flags) => (await batchesModule()).listBatches(await clientOf(flags, environment), flags))
  withTimedListOptions(
    batches.command('show').argument('<ID>').description('Show a batch and its first 100 rejected lines'),
  ).action(async (id, flags) => (await batchesModule()).showBatch(await clientOf(flags, environment), id, flags))
  withClientOptions(
    batches
      .command('forget')
      .argument('[ID]', 'a batch; or --source, --from and --to instead')
      .description(
        'Stop counting a batch, or a source’s batches of a time: exactly their requests leave every figure. Quarantined ones are dropped',
      ),
  )
    .option('--source <NAME>', 'batches of this source')
    .option(
      '--from <TIME>',
      'batches whose requests are all at or after this time: 2026-10-01T00:00:00+08:00, or unix ms',
    )
    .option('--to <TIME>', 'and all before this time')
    .option('--account <ID>', 'account of the source (default the key’s own)')
    .option('--yes', 'forget them; without it the command says what it would forget')
    .action(async (id: string | undefined, flags) =>
      (await batchesModule()).forget(await clientOf(flags, environment), id, flags),
    )
  withClientOptions(
    batches
      .command('accept')
      .argument('<ID>')
      .description('Load a quarantined batch all the same: its requests count, its rejected lines do not'),
  ).action(async (id, flags) => (await batchesModule()).acceptBatch(await clientOf(flags, environment), id))
  relocateCommands(batches, environment)
}

function relocateCommands(batches: Command, environment: NodeJS.ProcessEnv) {
  withClientOptions(
    batches
      .command('relocate')
      .description(
        'Locate the clients of loaded batches again with the current geographic data; totals stay. Without options: every batch with other data',
      ),
  )
    .option('--from <TIME>', 'batches with requests at or after this time: 2026-10-01T00:00:00+08:00, or unix ms')
    .option('--to <TIME>', 'batches with requests before this time')
    .option('--source <NAME>', 'batches of this source')
    .option('--batch <IDS...>', 'these batch ids alone')
    .option(
      '--older-than-version <N>',
      'batches located with an older version than this; fluxport geo status shows versions',
    )
    .option('--dry-run', 'list the batches, and change nothing')
    .action(async (flags) => {
      const { relocate } = await import('./relocate.ts')
      if (!(await relocate(await clientOf(flags, environment), flags))) process.exitCode = 1
    })
  withTimedListOptions(batches.command('relocations').description('List relocations, the newest first'))
    .option('--limit <N>', 'show at most this many relocations', '20')
    .option('--cancel <ID>', 'end this relocation; batches that it has located stay so')
    .action(async (flags) => (await import('./relocate.ts')).listRelocations(await clientOf(flags, environment), flags))
}

function retentionCommand(program: Command, environment: NodeJS.ProcessEnv) {
  withTimedListOptions(program.command('retention'))
    .description(
      'Show what is kept for how long, and what is dropped next; with days, what they would drop. Changes nothing',
    )
    .option('--keep-requests-days <N>', 'as if the server had this setting; 0: for ever')
    .option('--keep-usage-days <N>', 'as if the server had this setting; 0: for ever')
    .option('--keep-url-days <N>', 'as if the server had this setting; 0: for ever')
    .option('--keep-geography-days <N>', 'as if the server had this setting; 0: for ever')
    .action(async (flags) => {
      const { showRetention } = await import('./retention.ts')
      await showRetention(await clientOf(flags, environment), flags)
    })
}

function sourcesCommand(program: Command, environment: NodeJS.ProcessEnv) {
  const sources = program.command('sources').description('Log sources: directories and buckets that are watched')
  withTimedListOptions(sources.command('list', { isDefault: true }))
    .description('List the log sources: files that wait, are loaded, or failed, with the reason')
    .action(async (flags) => {
      const { listSources } = await import('./sources.ts')
      await listSources(await clientOf(flags, environment), flags)
    })
  withClientOptions(sources.command('retry').argument('[FILE]', 'path within the source; without it every failed file'))
    .description('Try failed files again at the next look, though they are unchanged')
    .option('--source <NAME>', 'name of the log source (default all)')
    .action(async (file: string | undefined, flags) => {
      const { retrySources } = await import('./sources.ts')
      await retrySources(await clientOf(flags, environment), file, flags)
    })
}

function keptLogCommands(program: Command, environment: NodeJS.ProcessEnv) {
  const kept = program.command('kept-logs').description('Kept logs: log files that are handed out for some days')
  const keptCode = () => import('./kept-logs.ts')
  withListOptions(
    kept.command('list', { isDefault: true }).description('List the sources of which log files are kept'),
  ).action(async (flags) => (await keptCode()).listKeptLogs(await clientOf(flags, environment), flags))
  const whose = 'account of the source, for operators (default your key’s account)'
  withClientOptions(kept.command('set').argument('<SOURCE>', 'name of a source'))
    .description('Keep the log files of a source, from the next load on')
    .option('--days <N>', 'days from the end of a file’s last hour on, 1 to 3653')
    .option('--account <ID>', whose)
    .action(async (source, flags) => (await keptCode()).setKeptLogs(await clientOf(flags, environment), source, flags))
  withClientOptions(kept.command('remove').argument('<SOURCE>', 'name of a source'))
    .description('Keep no more log files of a source, and remove those that are kept')
    .option('--account <ID>', whose)
    .action(async (source, { account, ...flags }) =>
      (await keptCode()).removeKeptLogs(await clientOf(flags, environment), source, account),
    )
}

function geoCommands(program: Command, environment: NodeJS.ProcessEnv) {
  const geo = program.command('geo').description('Geographic data: where clients are')
  withClientOptions(
    geo.command('status', { isDefault: true }).description('Show the data in use: origin, dates, licences'),
  ).action(async (flags) => (await import('./geo.ts')).showGeo(await clientOf(flags, environment)))
  withClientOptions(
    geo
      .command('import')
      .argument('[FILE]', 'ip2region xdb (2.0, 3.0), MaxMind MMDB, or CSV: network,country[,province[,carrier]]')
      .description('Locate clients with the data of a file, in logs that are loaded from now on'),
  )
    .option('--licence <TEXT>', 'licence of the data, as geo status shows it')
    .option('--attribution <TEXT>', 'name that the licence asks for')
    .option('--built-in', 'return to the data that comes with the program')
    .action(async (file: string | undefined, flags) =>
      (await import('./geo.ts')).importGeo(await clientOf(flags, environment), file, flags),
    )
  withClientOptions(
    geo
      .command('update')
      .argument('<FROM...>', 'directories, files or https URLs of files: xdb, MMDB or CSV, plain or with gzip')
      .description('Bring the data up to date with whole files; of two dates the newer counts'),
  )
    .option('--sha256 <HEX...>', 'each file, as it comes, has one of these digests')
    .option('--licence <TEXT>', 'licence of the data, as geo status shows it')
    .option('--attribution <TEXT>', 'name that the licence asks for')
    .action(async (from: string[], flags) =>
      (await import('./geo-update.ts')).updateGeo(await clientOf(flags, environment), from, flags),
    )
  withClientOptions(
    geo
      .command('show')
      .argument('<IP...>', 'IPv4 or IPv6')
      .description('Show country, province and carrier of addresses'),
  ).action(async (addresses: string[], flags) =>
    (await import('./geo.ts')).showAddresses(await clientOf(flags, environment), addresses),
  )
}
