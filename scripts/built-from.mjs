// Which commit a build is made from. Figures are billed from what the program makes: its version alone does not say which
// of the builds between two releases that was.
import { spawnSync } from 'node:child_process'
import { dirname } from 'node:path'

/** What the program is made of; a change anywhere else makes no other program. */
const ingredients = ['src', 'data', 'package.json', 'package-lock.json', 'tsconfig.json', 'scripts/build.mjs']

/**
 * @param {string} root a checkout, absolute
 * @returns {string} the commit's first 12 digits, with `-dirty` when an ingredient differs from it; without git the value
 *   of FLUXPORT_BUILD_COMMIT, or `unknown`
 */
export function commitOf(root) {
  const commit = git(root, ['rev-parse', '--short=12', 'HEAD'])
  const changes = commit && git(root, ['status', '--porcelain', '--', ...ingredients])
  if (!commit || changes === null) return process.env['FLUXPORT_BUILD_COMMIT'] || 'unknown'
  return changes === '' ? commit : `${commit}-dirty`
}

/** What git says of a checkout; null when it is none, when git is not there, or does not trust the directory's owner. */
function git(root, args) {
  // A copy without .git may lie within another project's checkout, whose commit says nothing of it. A hook names a
  // repository by variables.
  const { GIT_DIR: _dir, GIT_WORK_TREE: _tree, GIT_INDEX_FILE: _index, ...environment } = process.env
  const env = { ...environment, GIT_CEILING_DIRECTORIES: dirname(root), GIT_OPTIONAL_LOCKS: '0' }
  const asked = spawnSync('git', args, { cwd: root, env, encoding: 'utf8' })
  return asked.status === 0 ? asked.stdout.trim() : null
}
