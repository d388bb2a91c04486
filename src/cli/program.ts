import { Command, Option } from 'commander'
import { type Config, environmentName, parseConfig, serverOptions } from '../config/config.ts'
import { actions } from '../exports/request/actions.ts'
import { createLogger } from '../logger.ts'
import { compressions, formats } from '../statistics/format-names.ts'
import { programVersion } from '../version.ts'
import { backupCommands } from './backup-commands.ts'
import { ClientError, type ClientFlags } from './client.ts'
import { clientOf, withClientOptions } from './client-options.ts'
import { coverageCommands } from './coverage-commands.ts'
import { logCommands } from './log-commands.ts'
import { lockCommands, securityCommands } from './security-commands.ts'
import { print, printAside, say } from './terminal.ts'

/** The command line. Each command's code is loaded when it runs: a client starts without the server's. */
export function createProgram(environment: NodeJS.ProcessEnv): Command {
  const program = new Command('fluxport')
    .description('CDN and edge access logs in; statistics that can be billed from, and files, out.')
    .version(programVersion)
    .configureOutput({
      writeOut: (text) => print(text.trimEnd()),
      writeErr: (text) => printAside(text.trimEnd()),
    })
    .showHelpAfterError()
  serverCommands(program, environment)
  logCommands(program, environment)
  exportCommand(program, environment)
  const configOf = (flags: Record<string, unknown>) => configToRun(flags, environment)
  backupCommands(program, { withOptions: withServerOptions, configOf })
  taskCommands(program, environment)
  coverageCommands(program, environment)
  accountCommands(program, environment)
  securityCommands(program, environment, configOf)
  requestCommand(program, environment)
  return program
}

/** What such a process makes, the engine's parts included, is for its own user alone. */
const ownerOnly = 0o077

/**
 * The settings of a command that opens the parts itself, before it makes or changes any file.
 * @throws ConfigError when a setting is wrong, or it is run as root without being told to
 */
async function configToRun(flags: Record<string, unknown>, environment: NodeJS.ProcessEnv): Promise<Config> {
  process.umask(ownerOnly)
  const config = parseConfig(flags, environment)
  const { assertMayRun } = await import('../parts/data-modes.ts')
  assertMayRun(config.allowRoot)
  return config
}

function serverCommands(program: Command, environment: NodeJS.ProcessEnv) {
  withServerOptions(
    program.command('serve').description('Run the server: API, loader, export worker, embedded engine'),
  ).action(async (flags) => {
    const config = await configToRun(flags, environment)
    const [{ startServer }, { runUntilSignal }] = await Promise.all([
      import('../server/serve.ts'),
      import('./run-until-signal.ts'),
    ])
    const server = await startServer(config, createLogger(config.logLevel))
    say`fluxport ${programVersion} listens at ${server.endpoint}`
    if (server.credentialsPath) say`First start: an operator key lies in ${server.credentialsPath}`
    await runUntilSignal(server.stop)
  })
  withServerOptions(
    program
      .command('worker')
      .description('Work on export tasks beside a server; needs --clickhouse-url and --database-url'),
  ).action(async (flags) => {
    const config = await configToRun(flags, environment)
    const [{ startWorker }, { runUntilSignal }] = await Promise.all([
      import('../server/worker.ts'),
      import('./run-until-signal.ts'),
    ])
    const worker = await startWorker(config, createLogger(config.logLevel))
    say`fluxport ${programVersion} works on export tasks`
    await runUntilSignal(worker.stop)
  })
  withServerOptions(
    program.command('doctor').description('Look at configuration, engine, disk and clock; say what to do'),
  )
    .option('--deep', 'also compare the ledger with all that is stored, and the rollups with their requests')
    .option('--repair', 'with --deep: put right what can be')
    .option('--strict', 'exit with 1 when something is worth a look (WARN), too; without it, when something is BAD')
    .action(async (flags) => {
      const config = await configToRun(flags, environment)
      const { doctor } = await import('./doctor.ts')
      const deep = flags.deep || flags.repair ? { repair: flags.repair === true } : null
      if (!(await doctor(config, { deep, isStrict: flags.strict === true }))) process.exitCode = 1
    })
}

function withServerOptions(command: Command): Command {
  for (const { flag, value, meaning, fallback, bareValue } of serverOptions) {
    const text = `${meaning}${fallback === null ? '' : ` (default ${fallback})`} [${environmentName(flag)}]`
    const known =
      bareValue === undefined
        ? new Option(`--${flag} <${value}>`, text)
        : new Option(`--${flag} [${value}]`, text).preset(bareValue)
    command.addOption(known)
  }
  return command
}

function requestCommand(program: Command, environment: NodeJS.ProcessEnv) {
  withClientOptions(
    program
      .command('request')
      .argument('<METHOD>', 'GET, POST, PUT or DELETE')
      .argument('<PATH>', 'with its query, as in /api/v1/log-batches?limit=2'),
  )
    .description('Sign and send one request to the API; the answer’s body goes to standard output')
    .option('--body <TEXT>', 'the body; @FILE reads one, - standard input')
    .option('--header <HEADER...>', 'more headers, each NAME: VALUE')
    .action(async (method: string, path: string, flags) => {
      const { sendRequest } = await import('./request.ts')
      if (!(await sendRequest(await clientOf(flags, environment), method, path, flags))) process.exitCode = 1
    })
}

function exportCommand(program: Command, environment: NodeJS.ProcessEnv) {
  withClientOptions(program.command('export'))
    .description('Create an export task, wait, download its file and check it')
    .option('--action <NAME>', `${actions.join(', ')} (default: the first)`)
    .option('--domain <NAMES>', 'with commas between them, or all (default)')
    .option('--start <TIME>', '2026-10-01T00:00:00+08:00, or unix ms; without: the last 24 whole hours')
    .option('--end <TIME>', 'exclusive')
    .option('--interval <SECONDS>', '300 or 3600')
    .option('--group-by <WHAT>', 'domain')
    .option('--service-area <AREA>', 'mainland_china (default), outside_mainland_china or global')
    .option('--stat-type <TYPE>', 'flux (default) or req_num')
    .option('--country <CODES>', 'clients of these countries: cn, us, …; or all (default)')
    .option('--province <CODES>', 'clients of these provinces, with --country cn; isp_detail breaks down by them')
    .option('--isp <CODES>', 'clients of these carriers: dianxin, yidong, …; or all (default)')
    .option('--limit <N>', 'rows of a top list, or of each domain of it: up to 10000 (default 100)')
    .option('--language <CODE>', 'zh (default) or en')
    .option('--format <NAME>', `${formats.join(', ')} (default csv, or the account’s)`)
    .option('--compression <NAME>', `${compressions.join(', ')} (default none, or the account’s)`)
    .option('--task-name <NAME>', 'of the task in lists')
    .option('--coverage-column', 'a column that says of each bucket whether it is final')
    .option('--require-final [HOW]', 'wait until every bucket is final; fail: fail when one is not')
    .option('--require-final-wait-seconds <N>', 'how long it waits before it fails (default 86400)')
    .option('--webhook-url <URL>', 'where the server posts when the task has ended')
    .option('--preflight', 'say what the file would be, and make nothing')
    .option('--output <FILE>', 'where the file goes; its manifest lies beside it as FILE.manifest.json')
    .action(async (flags) => {
      const { exportFile, showPreflight } = await import('./export.ts')
      const client = await clientOf(flags, environment)
      if (flags.preflight) return await showPreflight(client, flags)
      if (flags.output === undefined) throw new ClientError('--output: say where the file goes')
      await exportFile(client, flags)
    })
  program
    .command('verify')
    .argument('<FILE...>', 'files as they were downloaded')
    .description('Check files against their manifests, FILE.manifest.json; no server is asked')
    .option('--manifest <PATH>', 'another manifest')
    .action(async (files: string[], flags) => {
      const { verifyFiles } = await import('./verify.ts')
      if (!(await verifyFiles(files, flags))) process.exitCode = 1
    })
}

const tasksModule = () => import('./tasks.ts')
const domainsModule = () => import('./domains.ts')
const accountsModule = () => import('./accounts.ts')

function taskCommands(program: Command, environment: NodeJS.ProcessEnv) {
  const tasks = program.command('tasks').description('Export tasks')
  withClientOptions(tasks.command('list', { isDefault: true }).description('newest modification first'))
    .option('--limit <N>', 'tasks shown, at most 100', '10')
    .option('--offset <N>', 'tasks passed over', '0')
    .option('--status <STATES>', 'waiting, processing, success, fail, canceled, expired; with commas between them')
    .option('--action <NAME>', 'of this action')
    .option('--links', 'download links too')
    .action(async (flags) => (await tasksModule()).listTasks(await clientOf(flags, environment), flags))
  withClientOptions(tasks.command('show').argument('<ID>').description('everything about one, as JSON')).action(
    async (id, flags) => (await tasksModule()).showTask(await clientOf(flags, environment), id),
  )
  withClientOptions(tasks.command('changes').argument('<ID>').description('its buckets that have changed since'))
    .option('--limit <N>', 'buckets shown, at most 10000', '1000')
    .option('--offset <N>', 'buckets passed over', '0')
    .action(async (id, flags) =>
      (await import('./changes.ts')).showChanges(await clientOf(flags, environment), id, flags),
    )
  const change = (name: 'cancel' | 'retry' | 'delete', description: string) =>
    withClientOptions(tasks.command(name).argument('<ID>').description(description)).action(async (id, flags) =>
      (await tasksModule()).changeTask(await clientOf(flags, environment), name, id),
    )
  change('cancel', 'end a task that waits or is worked on')
  change('retry', 'make a failed, canceled or expired task again')
  change('delete', 'remove a task and its files')
}

function accountCommands(program: Command, environment: NodeJS.ProcessEnv) {
  const client = (flags: Partial<ClientFlags>) => clientOf(flags, environment)
  const accounts = program.command('accounts').description('Accounts')
  withClientOptions(accounts.command('list', { isDefault: true }).description('every account')).action(async (flags) =>
    (await accountsModule()).listAccounts(await client(flags)),
  )
  withClientOptions(accounts.command('create').argument('<NAME>').description('prints its id')).action(
    async (name, flags) => (await accountsModule()).createAccount(await client(flags), name),
  )
  withClientOptions(
    accounts
      .command('set')
      .argument('<ID>')
      .description(
        'an account’s own limits and defaults: those named; server as a value gives one back to the server’s',
      ),
  )
    .option('--tasks-waiting-max <N>', 'tasks that may wait')
    .option('--tasks-running-max <N>', 'tasks worked on at once')
    .option('--stored-bytes-max <N>', 'bytes of files')
    .option('--rows-max <N>', 'rows of a file')
    .option('--default-format <NAME>', `of creates that name none: ${formats.join(', ')}`)
    .option('--default-compression <NAME>', `of creates that name none: ${compressions.join(', ')}`)
    .action(async (id, flags) => (await accountsModule()).setAccount(await client(flags), id, flags))
  lockCommands(accounts, environment)
  const domains = program.command('domains').description('Domains and who owns them')
  withClientOptions(domains.command('list', { isDefault: true }).description('every domain and its owner')).action(
    async (flags) => (await domainsModule()).listDomains(await client(flags)),
  )
  withClientOptions(
    domains.command('assign').argument('<DOMAIN>').argument('<ACCOUNT_ID>').description('give it to an account'),
  )
    .option('--with-history', 'it sees what counted before, though another customer had the domain then')
    .option('--without-history', 'it sees what comes from now on, though no customer had the domain before')
    .action(async (name, account, flags) =>
      (await domainsModule()).claimDomain(await client(flags), name, account, flags),
    )
  withClientOptions(
    domains.command('release').argument('<DOMAIN>').description('the first account has it then'),
  ).action(async (name, flags) => (await domainsModule()).releaseDomain(await client(flags), name))
}
