// Packs the build that is there into a tarball, and installs one in an empty directory.
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { sqliteFile } from './native-sqlite.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))

function run(command, args, options = {}) {
  const done = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 1 << 28, ...options })
  if (done.status !== 0)
    throw new Error(`${command} ${args.join(' ')}: ${done.error ?? `${done.stdout}${done.stderr}`}`)
  return done.stdout
}

/** @returns the tarball's path. The build is not made anew: what was tested is what is packed. */
export function pack(target) {
  const shrinkwrap = (what) => run(process.execPath, [join(root, 'scripts', 'shrinkwrap.mjs'), what])
  mkdirSync(target, { recursive: true })
  shrinkwrap('write')
  try {
    const args = ['pack', '--ignore-scripts', '--json', '--pack-destination', target]
    const [packed] = JSON.parse(run('npm', args, { cwd: root }))
    if (!packed.files.some(({ path }) => path === 'npm-shrinkwrap.json'))
      throw new Error('the package has no shrinkwrap')
    return join(target, packed.filename)
  } finally {
    shrinkwrap('remove')
  }
}

/**
 * The lock of a project that has the package alone: each package is the one that the shrinkwrap names. npm reads a package's
 * shrinkwrap when the package comes from a registry, and not out of a tarball: it would take whatever is newest.
 */
function lockOf(tarball, { name, version, ...shrinkwrap }) {
  const { '': own, ...packages } = shrinkwrap.packages
  const { devDependencies: _dev, ...installed } = own
  const resolved = `file:${basename(tarball)}`
  const needed = Object.entries(packages).filter(([, entry]) => entry.dev !== true)
  return {
    name: 'empty',
    lockfileVersion: shrinkwrap.lockfileVersion,
    requires: true,
    packages: {
      '': { name: 'empty', dependencies: { [name]: resolved } },
      [`node_modules/${name}`]: { ...installed, version, resolved },
      ...Object.fromEntries(needed),
    },
  }
}

const quietly = ['--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error']

/**
 * npm takes the package's shrinkwrap in the package's own directory, as docs/guide/supply-chain.md has it done. It refuses
 * one without the packages of development, as package.json names them.
 */
function assertOwnLock(tarball) {
  const directory = mkdtempSync(join(dirname(tarball), 'own-lock-'))
  const files = ['package.json', 'npm-shrinkwrap.json'].map((name) => `package/${name}`)
  run('tar', ['-xzf', tarball, '-C', directory, '--strip-components', '1', ...files])
  run('npm', ['ci', '--omit=dev', '--dry-run', ...quietly], { cwd: directory })
  rmSync(directory, { recursive: true })
}

/**
 * Installs a tarball with what it depends on, as its shrinkwrap has it. The native part is the one that this checkout has
 * compiled, for the Node that runs this.
 * @param tarball in a directory that has nothing else
 * @throws Error when npm refuses the shrinkwrap
 * @returns the command that npm has put there
 */
export function install(tarball) {
  const directory = dirname(tarball)
  const inTarball = (path) => JSON.parse(run('tar', ['-xzOf', tarball, `package/${path}`]))
  const lock = lockOf(tarball, inTarball('npm-shrinkwrap.json'))
  writeFileSync(join(directory, 'package.json'), JSON.stringify({ ...lock.packages[''], private: true }))
  writeFileSync(join(directory, 'package-lock.json'), JSON.stringify(lock))
  run('npm', ['ci', ...quietly], { cwd: directory })
  assertOwnLock(tarball)
  const packages = join(directory, 'node_modules')
  mkdirSync(dirname(sqliteFile(packages)), { recursive: true })
  copyFileSync(sqliteFile(join(root, 'node_modules')), sqliteFile(packages))
  return join(packages, '.bin', 'fluxport')
}
