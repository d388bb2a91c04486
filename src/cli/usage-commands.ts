import type { Command } from 'commander'
import { whoseHelp } from './asked-account.ts'
import { clientOf, withClientOptions } from './client-options.ts'

/** Adds `usage month` and `explain`. */
export function usageCommands(program: Command, environment: NodeJS.ProcessEnv): void {
  monthToDateCommand(program, environment)
  explainCommand(program, environment)
}

function explainCommand(program: Command, environment: NodeJS.ProcessEnv) {
  withClientOptions(
    program
      .command('explain')
      .argument('<DOMAIN>', 'whose figure it is')
      .argument('<TIME>', 'a time of the bucket: 2026-10-01 in the zone, 2026-10-01T08:00:00+08:00, or unix ms')
      .description('Name the loads, batches, files and first lines that make up one figure'),
  )
    .option('--account <ACCOUNT>', whoseHelp)
    .option('--metric <NAME>', 'the figure: flux, requests, peak_bandwidth, hits, status_4xx, … (default flux)')
    .option('--interval <LENGTH>', 'length of the bucket: 300, 3600 or 86400 seconds, or month (default 300)')
    .option('--time-zone <ZONE>', 'zone of hours, days and months, and of the times (default the account’s)')
    .option('--service-area <AREA>', 'mainland_china, outside_mainland_china or global (default global)')
    .option('--country <CODE>', 'of clients of this country')
    .option('--province <CODE>', 'of clients of this province')
    .option('--isp <CODE>', 'of clients of this carrier')
    .option('--ip-version <VERSION>', 'of clients with IPv4 or IPv6')
    .option('--status-class <CLASS>', 'of requests with a status of this class: 4xx')
    .option('--status <CODE>', 'of requests with this status: 404')
    .option(
      '--hit <STATE>',
      'of requests that the cache answered (hit), did not (miss), or of which no log says (unknown)',
    )
    .option('--data-version <N>', 'the figure as it was in this data version (default the present one)')
    .option('--limit <N>', 'show at most this many lines, up to 100 (default 20)')
    .option('--json', 'print the API’s answer')
    .action(async (domain, time, flags) =>
      (await import('./explain.ts')).explain(await clientOf(flags, environment), { domain, time }, flags),
    )
}

function monthToDateCommand(program: Command, environment: NodeJS.ProcessEnv) {
  const usage = program.command('usage').description('Usage now, without a file')
  withClientOptions(
    usage
      .command('month')
      .argument('[MONTH]', 'such as 2026-09 (default the present one)')
      .description('Show a month to date as its bill would be: traffic, percentile, forecast, distance to the commit'),
  )
    .option('--account <ACCOUNT>', whoseHelp)
    .option('--domain <NAMES>', 'domains with commas between them, or all (default all)')
    .option('--by-domain', 'also show each domain')
    .option('--by-account', 'also show each account: for operators, of all accounts')
    .option('--time-zone <ZONE>', 'zone of the month (default the account’s)')
    .option('--service-area <AREA>', 'mainland_china, outside_mainland_china or global (default global)')
    .option('--data-version <N>', 'the month as it was in this data version (default the present one)')
    .option('--json', 'print the API’s answer')
    .action(async (month, flags) =>
      (await import('./usage-month.ts')).showMonthToDate(await clientOf(flags, environment), month, flags),
    )
}
