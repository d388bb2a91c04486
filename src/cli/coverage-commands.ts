import type { Command } from 'commander'
import { whoseHelp } from './asked-account.ts'
import { clientOf, withClientOptions, withListOptions, withTimedListOptions } from './client-options.ts'

const coverageCode = () => import('./coverage.ts')

/** `fluxport coverage`, and `fluxport coverage cadence` below it. */
export function coverageCommands(program: Command, environment: NodeJS.ProcessEnv): void {
  const coverage = program
    .command('coverage')
    .description('Coverage: which buckets are complete, and how that is known')
  withClientOptions(
    coverage
      .command('show', { isDefault: true })
      .description('Show a line for each state of domains’ buckets in a range, and its reason'),
  )
    .option('--account <ACCOUNT>', whoseHelp)
    .option('--domain <NAMES>', 'domains with commas between them, or all (default all)')
    .option(
      '--start <TIME>',
      '2026-10-01 in the zone, 2026-10-01T00:00:00+08:00, or unix ms (default the last 24 whole hours)',
    )
    .option('--end <TIME>', 'the range ends before this time')
    .option('--interval <SECONDS>', '300 or 3600 (default 300)')
    .option('--by <UNIT>', 'day: the lines of each day; range: of the whole range (default range)')
    .option('--time-zone <ZONE>', 'zone of the days and of the tables’ times (default the account’s)')
    .option('--ranges', 'print each range of equal states of each domain, too')
    .option('--limit <N>', 'show at most this many ranges, up to 10000', '1000')
    .option('--offset <N>', 'skip this many ranges', '0')
    .option('--json', 'print the API’s answer')
    .action(async (flags) => (await coverageCode()).showCoverage(await clientOf(flags, environment), flags))
  cadenceCommands(coverage, environment)
}

function cadenceCommands(coverage: Command, environment: NodeJS.ProcessEnv): void {
  const cadence = coverage.command('cadence').description('Cadences: when sources report, as operators have stated')
  withTimedListOptions(cadence.command('list', { isDefault: true }).description('List the stated cadences')).action(
    async (flags) => (await coverageCode()).listCadences(await clientOf(flags, environment), flags),
  )
  withListOptions(
    cadence
      .command('suggest')
      .description(
        'Propose a cadence for each source that keeps a rhythm, which nobody stated, from what it delivered',
      ),
  )
    .option('--account <ACCOUNT>', whoseHelp)
    .option('--time-zone <ZONE>', 'zone that a day of files may be of (default the account’s)')
    .action(async (flags) =>
      (await import('./cadence-suggestions.ts')).suggestCadences(await clientOf(flags, environment), flags),
    )
  withClientOptions(
    cadence
      .command('set')
      .argument('<SOURCE>', 'name of a source; * states the delay of every source without its own')
      .description('State when a source reports; replaces everything stated before'),
  )
    .option('--account <ID>', accountHelp)
    .option('--files-per-hour <N>', 'the source delivers this many files an hour of each domain in file names')
    .option('--files-per-day <N>', 'the source delivers this many files a day of each domain in file names')
    .option('--day-zone <ZONE>', 'time zone of that day, such as Europe/Berlin (default the server’s)')
    .option(
      '--delay-seconds <S>',
      'how long after a bucket, or an hour or a day of files, its lines may still come (default that of *, else 3600)',
    )
    .option('--skips-empty-hours', 'the source delivers no file for an hour without requests')
    .option('--domains <NAMES>', 'domains that the source is expected to report (default those that it has delivered)')
    .option('--from <TIME>', 'the source is expected from this time on')
    .option('--until <TIME>', 'the source ended at this time')
    .action(async (source, flags) =>
      (await coverageCode()).setCadence(await clientOf(flags, environment), source, flags),
    )
  withClientOptions(cadence.command('remove').argument('<SOURCE>').description('Remove a stated cadence'))
    .option('--account <ID>', accountHelp)
    .action(async (source, { account, ...flags }) =>
      (await coverageCode()).removeCadence(await clientOf(flags, environment), source, account),
    )
}

/** `fluxport month`: the deliveries of a month, and their faults. */
export function monthCommand(program: Command, environment: NodeJS.ProcessEnv): void {
  withClientOptions(
    program
      .command('month')
      .argument('<MONTH>', 'such as 2026-09')
      .description('Show by day and domain what came in a month, and a line for each thing that is wrong'),
  )
    .option('--account <ACCOUNT>', whoseHelp)
    .option('--time-zone <ZONE>', 'time zone of the days (default the account’s, else the server’s)')
    .option('--domain <NAMES>', 'domains with commas between them, or all (default all)')
    .option('--limit <N>', 'show at most this many days, up to 10000', '1000')
    .option('--offset <N>', 'skip this many days', '0')
    .option('--json', 'print the API’s answer')
    .action(async (month, flags) =>
      (await import('./month.ts')).showMonth(await clientOf(flags, environment), month, flags),
    )
}

const accountHelp = 'whose source it is; * for every account without a cadence of its own (default your key’s account)'
