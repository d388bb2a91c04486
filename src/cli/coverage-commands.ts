import type { Command } from 'commander'
import { clientOf, withClientOptions } from './client-options.ts'

const coverageCode = () => import('./coverage.ts')

/** `fluxport coverage`, and `fluxport coverage cadence` below it. */
export function coverageCommands(program: Command, environment: NodeJS.ProcessEnv): void {
  const coverage = program.command('coverage').description('Which buckets are final, provisional or missing')
  withClientOptions(coverage.command('show', { isDefault: true }).description('of domains and a range'))
    .option('--domain <NAMES>', 'with commas between them, or all (default)')
    .option('--start <TIME>', '2026-10-01T00:00:00+08:00, or unix ms; without: the last 24 whole hours')
    .option('--end <TIME>', 'exclusive')
    .option('--interval <SECONDS>', '300 (default) or 3600')
    .option('--limit <N>', 'ranges shown, at most 10000', '1000')
    .option('--offset <N>', 'ranges passed over', '0')
    .option('--json', 'as the API answers it')
    .action(async (flags) => (await coverageCode()).showCoverage(await clientOf(flags, environment), flags))
  const cadence = coverage.command('cadence').description('When sources report, as stated')
  withClientOptions(
    cadence.command('list', { isDefault: true }).description('every source of which something is stated'),
  ).action(async (flags) => (await coverageCode()).listCadences(await clientOf(flags, environment)))
  withClientOptions(
    cadence
      .command('set')
      .argument('<SOURCE>', 'its name; * for the delay of all that have none of their own')
      .description('state when a source reports, all of it: what is left out is not stated'),
  )
    .option('--account <ID>', accountHelp)
    .option('--files-per-hour <N>', 'files of each hour, of each domain that files are named by')
    .option(
      '--delay-seconds <S>',
      'how long after a bucket, or an hour of files, its lines may still come (default: that of *, else 3600)',
    )
    .option('--skips-empty-hours', 'an hour without requests has no file')
    .option('--domains <NAMES>', 'which it is expected to report; without: those that it has delivered')
    .option('--from <TIME>', 'expected from here on')
    .option('--until <TIME>', 'the source has ended')
    .action(async (source, { account, filesPerHour, delaySeconds, skipsEmptyHours, domains, from, until, ...flags }) =>
      (await coverageCode()).setCadence(await clientOf(flags, environment), source, {
        ...{ account, filesPerHour, delaySeconds, skipsEmptyHours, domains, from, until },
      }),
    )
  withClientOptions(cadence.command('remove').argument('<SOURCE>').description('forget what was stated'))
    .option('--account <ID>', accountHelp)
    .action(async (source, { account, ...flags }) =>
      (await coverageCode()).removeCadence(await clientOf(flags, environment), source, account),
    )
}

const accountHelp = 'whose source it is (default: your key’s); * for every account that has nothing stated of it'
