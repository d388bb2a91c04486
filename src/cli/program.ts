import { Command, Option } from 'commander'
import { artifactOptions } from '../config/artifact-settings.ts'
import { type Config, environmentName, parseConfig, serverOptions } from '../config/config.ts'
import { createLogger } from '../logger.ts'
import { programCommit, programVersion, versionText } from '../version.ts'
import { accountCommands } from './account-commands.ts'
import { backupCommands } from './backup-commands.ts'
import { clientOf, withClientOptions } from './client-options.ts'
import { coverageCommands, monthCommand } from './coverage-commands.ts'
import { addExamples } from './examples.ts'
import { exportCommands } from './export-commands.ts'
import { logCommands } from './log-commands.ts'
import { securityCommands } from './security-commands.ts'
import { print, printAside, say } from './terminal.ts'
import { usageCommands } from './usage-commands.ts'

/** The command line. Each command's code is loaded when it runs: a client starts without the server's. */
export function createProgram(environment: NodeJS.ProcessEnv): Command {
  const program = new Command('fluxport')
    .description('CDN and edge access logs in; statistics that can be billed from, and files, out.')
    .version(versionText(programVersion, programCommit))
    .configureOutput({
      writeOut: (text) => print(text.trimEnd()),
      writeErr: (text) => printAside(text.trimEnd()),
    })
    .showHelpAfterError()
  serverCommands(program, environment)
  logCommands(program, environment)
  exportCommands(program, environment)
  const configOf = (flags: Record<string, unknown>) => configToRun(flags, environment)
  backupCommands(program, { withOptions: withPartsOptions, configOf })
  coverageCommands(program, environment)
  monthCommand(program, environment)
  usageCommands(program, environment)
  accountCommands(program, environment)
  securityCommands(program, environment, configOf)
  requestCommand(program, environment)
  openCommand(program, environment)
  addExamples(program)
  return program
}

/** The files of such a process, the engine's parts included, are for its own user alone. */
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
    if (server.consoleLink) say`Console: ${server.consoleLink}`
    await runUntilSignal(server.stop)
  })
  withPartsOptions(
    program
      .command('worker')
      .description('Work on export tasks beside a server; needs --clickhouse-url and --database-url'),
    workerFlags,
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
  withPartsOptions(
    program
      .command('doctor')
      .description('Check settings, disk, engine, database, master key and clock; say what to do'),
  )
    .option('--deep', 'also compare the ledger with every stored row, and the rollups with their requests')
    .option('--repair', 'with --deep: repair what can be repaired')
    .option('--strict', 'exit with 1 on warnings (WARN) too; without it, on BAD alone')
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

/** Options that say where the parts are; a command that opens them alone shows these in its help. */
const partsFlags = [
  ...['data-dir', 'clickhouse-url', 'database-url', 'master-key', 'engine-memory-bytes'],
  ...artifactOptions.map(({ flag }) => flag),
]
/** Options of the server's that a worker follows, beside those of the parts. */
const workerFlags = [
  ...['export-concurrency', 'tasks-running-max', 'stored-bytes-max', 'disk-reserve-bytes'],
  ...['file-lifetime-seconds', 'task-lifetime-seconds', 'metrics-address', 'metrics-token'],
]

/**
 * Takes every option of the server, as a server's command line may be repeated, and shows those of the parts.
 * @param more flags that are shown, too
 */
function withPartsOptions(command: Command, more: readonly string[] = []): Command {
  withServerOptions(command)
  const shown = new Set([...partsFlags, ...more, 'allow-root', 'log-level'].map((flag) => `--${flag}`))
  for (const option of command.options) if (!shown.has(option.long ?? '')) option.hideHelp()
  return command.addHelpText('after', '\nIt takes the other options of fluxport serve as well: fluxport serve --help')
}

function openCommand(program: Command, environment: NodeJS.ProcessEnv) {
  withClientOptions(
    program
      .command('open')
      .description(
        'Print a link that signs you in to the web console once, within 10 minutes, and open it in the browser',
      ),
  )
    .option('--print', 'print the link alone')
    .action(async (flags) => (await import('./open.ts')).openConsole(await clientOf(flags, environment), flags))
}

function requestCommand(program: Command, environment: NodeJS.ProcessEnv) {
  withClientOptions(
    program
      .command('request')
      .argument('<METHOD>', 'GET, POST, PUT or DELETE')
      .argument('<PATH>', 'path and query, as in /api/v1/log-batches?limit=2'),
  )
    .description('Sign and send one request to the API; the answer’s body goes to standard output')
    .option('--body <TEXT>', 'the body; @FILE reads it from a file, - from standard input')
    .option('--header <HEADER...>', 'more headers, each NAME: VALUE')
    .action(async (method: string, path: string, flags) => {
      const { sendRequest } = await import('./request.ts')
      if (!(await sendRequest(await clientOf(flags, environment), method, path, flags))) process.exitCode = 1
    })
}
