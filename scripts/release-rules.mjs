// What must hold before a version is packed. Each rule answers with a sentence for the person who releases.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** What git answers in a checkout. @throws Error when it is none */
function git(root, ...args) {
  const asked = spawnSync('git', args, { cwd: root, encoding: 'utf8' })
  if (asked.status !== 0) throw new Error(`git ${args[0]}: ${asked.stderr || asked.error}`)
  return asked.stdout.trim()
}

/** The text of a version's section of the changelog, with the rest of its heading; null without one. */
function sectionOf(changelog, name) {
  const sections = changelog.split(/^## /m).slice(1)
  const found = sections.find((section) => section.startsWith(`[${name}]`))
  if (found === undefined) return null
  const [heading = '', ...lines] = found.split('\n')
  const entries = lines.filter((line) => line.startsWith('- '))
  return { heading, entries, isLatest: sections.find((section) => !section.startsWith('[Unreleased]')) === found }
}

function changelogProblems(changelog, version) {
  const section = sectionOf(changelog, version)
  if (section === null) return [`CHANGELOG.md has no section [${version}]`]
  const problems = []
  if (section.entries.length === 0) problems.push(`CHANGELOG.md says nothing under [${version}]`)
  if (!/ - \d{4}-\d{2}-\d{2}$/.test(section.heading)) problems.push(`CHANGELOG.md gives [${version}] no date`)
  if (!section.isLatest) problems.push(`CHANGELOG.md has a later version than ${version}, which package.json names`)
  if ((sectionOf(changelog, 'Unreleased')?.entries.length ?? 0) > 0)
    problems.push('CHANGELOG.md has entries under [Unreleased]: they are of this release, or of a later commit')
  return problems
}

/** The lock and the API's document repeat the version. */
function repeatProblems(read, version) {
  const lock = JSON.parse(read('package-lock.json'))
  const named = {
    'package-lock.json': [lock.version, lock.packages[''].version],
    'docs/openapi.json': [JSON.parse(read('docs/openapi.json')).info.version],
  }
  return Object.entries(named).flatMap(([file, versions]) =>
    versions.every((one) => one === version) ? [] : [`${file} names ${versions.join(' and ')} instead of ${version}`],
  )
}

/** A tag is of one commit, and of the version that the commit names. */
function tagProblems(root, version) {
  const others = git(root, 'tag', '--points-at', 'HEAD', '--list', 'v*').split('\n')
  const wrong = others.filter((tag) => tag !== '' && tag !== `v${version}`)
  const problems = wrong.map((tag) => `this commit is tagged ${tag}, and package.json says ${version}`)
  const isTagged = git(root, 'tag', '--list', `v${version}`) !== ''
  if (isTagged && !others.includes(`v${version}`))
    problems.push(`v${version} is the tag of another commit: raise the version in package.json`)
  return problems
}

/**
 * @param {string} root a checkout
 * @returns {{ version: string, problems: string[] }} no problems: it may be released
 */
export function releaseProblems(root) {
  const read = (name) => readFileSync(join(root, name), 'utf8')
  const { version } = JSON.parse(read('package.json'))
  const changed = git(root, 'status', '--porcelain')
  return {
    version,
    problems: [
      ...(changed === '' ? [] : [`the tree differs from its commit:\n${changed.replaceAll(/^/gm, '    ')}`]),
      ...changelogProblems(read('CHANGELOG.md'), version),
      ...repeatProblems(read, version),
      ...tagProblems(root, version),
    ],
  }
}
