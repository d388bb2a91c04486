import type { Command } from 'commander'
import { clientOf, withClientOptions } from './client-options.ts'

const batchesModule = () => import('./batches.ts')

/** Commands about logs: loading them, what was loaded, where they come from, and what is kept. */
export function logCommands(program: Command, environment: NodeJS.ProcessEnv): void {
  ingestCommand(program, environment)
  formatsCommand(program)
  batchCommands(program, environment)
  retentionCommand(program, environment)
  sourcesCommand(program, environment)
  geoCommands(program, environment)
}

function ingestCommand(program: Command, environment: NodeJS.ProcessEnv) {
  withClientOptions(
    program.command('ingest').argument('<FILE...>', 'log files, plain or compressed; - is standard input'),
  )
    .description('Load logs. The same bytes count once, however often they come')
    .option('--format <NAME>', 'auto, or one that fluxport formats lists', 'auto')
    .option('--domain <NAME>', 'the domain of lines that name none')
    .option(
      '--source <NAME>',
      'where the logs are from (default: default); a file is known by its content and its source',
    )
    .option(
      '--service-area <AREA>',
      'by_country, mainland_china or outside_mainland_china, where the file’s name does not say',
    )
    .option('--log-zone <ZONE>', 'the zone of times that say none, as in HAProxy’s log (default: the server’s)')
    .option(
      '--force',
      'load bytes that are loaded under another domain, source or area a second time; also accepts overlap',
    )
    .option('--overlap <RULE>', 'refuse or accept a log with requests that other files of its source have', 'refuse')
    .option('--dry-run', 'show how the first lines of each file would be understood, and load nothing')
    .action(async (files: string[], flags) => {
      const { ingest } = flags.dryRun ? { ingest: (await import('./preview.ts')).preview } : await import('./ingest.ts')
      if (!(await ingest(await clientOf(flags, environment), files, flags))) process.exitCode = 1
    })
}

function formatsCommand(program: Command) {
  program
    .command('formats')
    .description('List the log formats, each with a line of it')
    .action(async () => (await import('./formats.ts')).listFormats())
}

function batchCommands(program: Command, environment: NodeJS.ProcessEnv) {
  const batches = program.command('batches').description('What was loaded')
  withClientOptions(batches.command('list', { isDefault: true }).description('newest first'))
    .option('--limit <N>', 'batches shown', '20')
    .action(async (flags) =>
      (await batchesModule()).listBatches(await clientOf(flags, environment), { limit: flags.limit }),
    )
  withClientOptions(batches.command('show').argument('<ID>').description('with its rejected lines')).action(
    async (id, flags) => (await batchesModule()).showBatch(await clientOf(flags, environment), id),
  )
  withClientOptions(batches.command('forget').argument('<ID>').description('end its contribution, exactly')).action(
    async (id, flags) => (await batchesModule()).forgetBatch(await clientOf(flags, environment), id),
  )
  relocateCommands(batches, environment)
}

function relocateCommands(batches: Command, environment: NodeJS.ProcessEnv) {
  withClientOptions(
    batches
      .command('relocate')
      .description(
        'Look clients up again in the geographic data of now; totals stay. Without options: all that is of other data',
      ),
  )
    .option('--from <TIME>', 'batches with requests from here on: 2026-10-01T00:00:00+08:00, or unix ms')
    .option('--to <TIME>', 'batches with requests before this')
    .option('--source <NAME>', 'batches of this source')
    .option('--batch <IDS...>', 'these batches alone')
    .option('--older-than-version <N>', 'batches located with older data than of this version (geo status)')
    .option('--dry-run', 'say which batches these are, and change nothing')
    .action(async (flags) => {
      const { relocate } = await import('./relocate.ts')
      if (!(await relocate(await clientOf(flags, environment), flags))) process.exitCode = 1
    })
  withClientOptions(batches.command('relocations').description('What was looked up again, and what is; newest first'))
    .option('--limit <N>', 'relocations shown', '20')
    .option('--cancel <ID>', 'end one: what it has done stays, nothing more is')
    .action(async (flags) => (await import('./relocate.ts')).listRelocations(await clientOf(flags, environment), flags))
}

function retentionCommand(program: Command, environment: NodeJS.ProcessEnv) {
  withClientOptions(program.command('retention'))
    .description(
      'What is kept for how long, and what is dropped next. With days: what they would drop. Changes nothing',
    )
    .option('--keep-requests-days <N>', 'as if the server were set so; 0: for ever')
    .option('--keep-usage-days <N>', 'likewise')
    .option('--keep-url-days <N>', 'likewise')
    .option('--keep-geography-days <N>', 'likewise')
    .action(async (flags) => {
      const { showRetention } = await import('./retention.ts')
      await showRetention(await clientOf(flags, environment), flags)
    })
}

function sourcesCommand(program: Command, environment: NodeJS.ProcessEnv) {
  withClientOptions(program.command('sources'))
    .description('What the server fetches logs from: files waiting, loaded, and failed with the reason')
    .action(async (flags) => {
      const { listSources } = await import('./sources.ts')
      await listSources(await clientOf(flags, environment))
    })
}

function geoCommands(program: Command, environment: NodeJS.ProcessEnv) {
  const geo = program.command('geo').description('Where clients are')
  withClientOptions(
    geo.command('status', { isDefault: true }).description('the data in use: sources, dates, licences'),
  ).action(async (flags) => (await import('./geo.ts')).showGeo(await clientOf(flags, environment)))
  withClientOptions(
    geo
      .command('import')
      .argument('[FILE]', 'ip2region xdb (2.0, 3.0), MaxMind MMDB, or CSV: network,country[,province[,carrier]]')
      .description('put a file’s data over those in use, for logs loaded from now on'),
  )
    .option('--licence <TEXT>', 'of the data, for geo status')
    .option('--attribution <TEXT>', 'whom the licence wants named')
    .option('--built-in', 'go back to the data that came with the program')
    .action(async (file: string | undefined, flags) =>
      (await import('./geo.ts')).importGeo(await clientOf(flags, environment), file, flags),
    )
  withClientOptions(
    geo.command('show').argument('<IP...>', 'IPv4 or IPv6').description('what is known of addresses'),
  ).action(async (addresses: string[], flags) =>
    (await import('./geo.ts')).showAddresses(await clientOf(flags, environment), addresses),
  )
}
