// Compiles better-sqlite3 for a Node. Its own install script would first fetch a file that somebody compiled, by name alone:
// nothing says which bytes that must be, so it is told to compile (docs/adr/0036-supply-chain.md).
import { spawnSync } from 'node:child_process'
import { closeSync, existsSync, mkdirSync, openSync, realpathSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'

/** Where the compiled file lies below a directory of packages. */
export const sqliteFile = (packages) => join(packages, 'better-sqlite3', 'build', 'Release', 'better_sqlite3.node')

/** What compiling needs and is not there. */
export const missingTools = () =>
  ['python3', 'make', 'g++'].filter((tool) => spawnSync(tool, ['--version'], { stdio: 'ignore' }).error)

/**
 * @param project the directory that has node_modules/better-sqlite3
 * @param options.node the executable to compile for; its headers are those beside it, or what node-gyp is configured to take
 * @param options.log the file that what npm and the compiler say goes to, a hundred lines of warnings among it
 * @returns whether it compiled
 */
export function compileSqlite(project, { node = process.execPath, log }) {
  const home = dirname(dirname(realpathSync(node)))
  const headers = existsSync(join(home, 'include', 'node', 'node.h')) ? { npm_config_nodedir: home } : {}
  const env = {
    ...process.env,
    ...headers,
    npm_config_build_from_source: 'true',
    PATH: `${dirname(node)}${delimiter}${process.env.PATH}`,
  }
  mkdirSync(dirname(log), { recursive: true })
  const out = openSync(log, 'w')
  const built = spawnSync('npm', ['rebuild', 'better-sqlite3', '--foreground-scripts', '--loglevel=error'], {
    cwd: project,
    env,
    stdio: ['ignore', out, out],
    shell: process.platform === 'win32',
  })
  closeSync(out)
  return built.status === 0 && existsSync(sqliteFile(join(project, 'node_modules')))
}
