import type { Command } from 'commander'
import { actions } from '../exports/request/actions.ts'
import { compressions, formats } from '../statistics/format-names.ts'
import { askedAccount, whoseHelp } from './asked-account.ts'
import { ClientError } from './client.ts'
import { clientOf, withClientOptions, withTimedListOptions } from './client-options.ts'

/** Adds `bill`, `export`, `verify` and `tasks`. */
export function exportCommands(program: Command, environment: NodeJS.ProcessEnv): void {
  billCommand(program, environment)
  exportCommand(program, environment)
  verifyCommand(program)
  taskCommands(program, environment)
}

function billCommand(program: Command, environment: NodeJS.ProcessEnv) {
  withCsvOptions(withClientOptions(program.command('bill')))
    .description('Make the bill of a month: a workbook with every domain, its points, and what is not complete')
    .option('--month <MONTH>', 'the calendar month of the time zone: 2026-09')
    .option('--start <DATE>', 'instead of a month: the first day, or a time')
    .option('--end <DATE>', 'the day, or time, at which the bill ends; it is not part of it')
    .option('--account <ACCOUNT>', whoseHelp)
    .option('--domain <NAMES>', 'domains with commas between them, or all (default all)')
    .option('--time-zone <ZONE>', 'zone of the month, its days and the times: Europe/Berlin (default the account’s)')
    .option(
      '--service-area <AREA>',
      'mainland_china, outside_mainland_china or global (default the account’s, else global)',
    )
    .option('--language <CODE>', 'zh or en: language of titles and names (default the account’s, else the locale’s)')
    .option('--format <NAME>', `${formats.join(', ')} (default by the name of --output, else xlsx)`)
    .option('--compression <NAME>', `${compressions.join(', ')} (default by the name of --output)`)
    .option(
      '--require-final [HOW]',
      'wait until every bucket is final; fail: or fail at once; reported: take reported ones too',
    )
    .option(
      '--output <FILE>',
      'the file: bill.xlsx; bill.zip has all tables as --format says (default bill-MONTH.xlsx)',
    )
    .action(async (flags) => {
      const { makeBill } = await import('./bill.ts')
      const client = await clientOf(flags, environment)
      await makeBill(client, { ...flags, account: await askedAccount(client, flags.account) }, environment)
    })
}

function exportCommand(program: Command, environment: NodeJS.ProcessEnv) {
  const asked = withClientOptions(program.command('export'))
    .description('Create an export task, wait for it, download its file and check the hash')
    .option('--action <NAME>', `${actions.join(', ')} (default ${actions[0]})`)
    .option('--account <ACCOUNT>', whoseHelp)
    .option('--domain <NAMES>', 'domains with commas between them, or all (default all)')
    .option('--month <MONTH>', 'a calendar month of the time zone: 2026-10')
    .option('--day <DAY>', 'a day of the time zone: 2026-10-01')
    .option(
      '--start <TIME>',
      'a date, which begins at midnight of the time zone: 2026-10-01; a time: 2026-10-01T00:00:00+08:00; or unix ms ' +
        '(default the last 24 whole hours)',
    )
    .option('--end <TIME>', 'the range ends before this date or time')
    .option('--time-zone <ZONE>', 'zone of days, hours and times in the file: Europe/Berlin (default the account’s)')
    .option('--interval <SECONDS>', '300 or 3600 (default 300; 3600 over 90 days)')
    .option('--group-by <WHAT>', 'domain: figures of each domain (default all domains together)')
    .option(
      '--service-area <AREA>',
      'mainland_china, outside_mainland_china or global (default the account’s, else global)',
    )
    .option('--stat-type <TYPE>', 'flux or req_num: what a top list ranks by (default flux)')
    .option('--country <CODES>', 'clients of these countries: cn, us, …; or all (default all)')
    .option(
      '--province <CODES>',
      'clients of these provinces, with --country cn; isp_detail then has rows of each province',
    )
    .option('--isp <CODES>', 'clients of these carriers: dianxin, yidong, …; or all (default all)')
    .option('--limit <N>', 'rows of a top list, or of each domain in it: at most 10000 (default 100)')
  withFileOptions(asked)
    .option('--task-name <NAME>', 'the task’s name in lists')
    .option('--coverage-column', 'add a column that says whether each bucket is final')
    .option('--require-final [HOW]', 'wait until buckets are final or reported; strict: final; fail: or fail at once')
    .option('--require-final-wait-seconds <N>', 'how long the task waits before it fails (default 86400)')
    .option('--webhook-url <URL>', 'the server posts here when the task has ended')
    .option('--preflight', 'say what the file would be, and create nothing')
    .option('--output <FILE>', 'write the file here, and its manifest beside it as FILE.manifest.json')
    .action(async (flags) => {
      const { exportFile, showPreflight } = await import('./export.ts')
      const client = await clientOf(flags, environment)
      const asked = { ...flags, account: await askedAccount(client, flags.account) }
      if (flags.preflight) return await showPreflight(client, asked, environment)
      if (flags.output === undefined) throw new ClientError('--output: say where the file goes')
      await exportFile(client, asked, environment)
    })
}

/** Adds the options for the form of a CSV file. */
const withCsvOptions = (command: Command) =>
  command
    .option('--delimiter <SIGN>', 'between the cells of a CSV file: , ; or tab (default the account’s, else ,)')
    .option('--decimal <SIGN>', 'decimal sign in a CSV file: . or , (default the account’s, else .)')
    .option(
      '--bom <BOOLEAN>',
      'true: a CSV file begins with a byte order mark, as Excel wants it (default for Chinese)',
    )

/** Adds the options for the form of the file. */
const withFileOptions = (command: Command) =>
  withCsvOptions(command)
    .option('--language <CODE>', 'zh or en: language of titles and names (default the account’s, else the locale’s)')
    .option('--format <NAME>', `${formats.join(', ')} (default by the name of --output, else the account’s)`)
    .option('--compression <NAME>', `${compressions.join(', ')} (default by the name of --output, else the account’s)`)

function verifyCommand(program: Command) {
  program
    .command('verify')
    .argument('<FILE...>', 'downloaded files')
    .description('Check files against their manifests, FILE.manifest.json; no server is asked')
    .option('--manifest <PATH>', 'compare with this manifest instead')
    .action(async (files: string[], flags) => {
      const { verifyFiles } = await import('./verify.ts')
      if (!(await verifyFiles(files, flags))) process.exitCode = 1
    })
}

const tasksModule = () => import('./tasks.ts')

function taskCommands(program: Command, environment: NodeJS.ProcessEnv) {
  const tasks = program.command('tasks').description('Export tasks')
  withTimedListOptions(
    tasks.command('list', { isDefault: true }).description('List the account’s tasks, the last modified first'),
  )
    .option('--account <ACCOUNT>', 'for operators: tasks of this account, by id or name, or all with their accounts')
    .option('--limit <N>', 'show at most this many tasks, up to 100', '10')
    .option('--offset <N>', 'skip this many tasks', '0')
    .option(
      '--status <STATES>',
      'show these states alone, with commas: waiting, processing, success, fail, canceled, expired',
    )
    .option('--action <NAME>', 'show this action alone')
    .option('--links', 'show download links too')
    .action(async (flags) => (await tasksModule()).listTasks(await clientOf(flags, environment), flags))
  withClientOptions(tasks.command('show').argument('<ID>').description('Show everything about a task, as JSON')).action(
    async (id, flags) => (await tasksModule()).showTask(await clientOf(flags, environment), id),
  )
  withClientOptions(
    tasks.command('download').argument('<ID>').description('Wait for a task, download its file and check the hash'),
  )
    .option('--output <FILE>', 'write the file here (default its own name, in this directory)')
    .action(async (id, flags) =>
      (await import('./export.ts')).downloadTask(await clientOf(flags, environment), id, flags),
    )
  withTimedListOptions(
    tasks
      .command('changes')
      .argument('<ID>')
      .description('Show which figures of a task’s file have changed since it was made: by domain, before and after'),
  )
    .option('--buckets', 'list the changed buckets too')
    .option('--limit <N>', 'with --buckets or --json: at most this many buckets, up to 10000', '100')
    .option('--offset <N>', 'with --buckets or --json: skip this many buckets', '0')
    .action(async (id, flags) =>
      (await import('./changes.ts')).showChanges(await clientOf(flags, environment), id, flags),
    )
  const change = (name: 'cancel' | 'retry' | 'delete', description: string) =>
    withClientOptions(tasks.command(name).argument('<ID>').description(description)).action(async (id, flags) =>
      (await tasksModule()).changeTask(await clientOf(flags, environment), name, id),
    )
  change('cancel', 'End a task that waits or is being worked on')
  change('retry', 'Make a failed, canceled or expired task again, from the data as it is now')
  change('delete', 'Remove a task and its files')
}
