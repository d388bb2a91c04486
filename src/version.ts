import { existsSync, readFileSync } from 'node:fs'

const readBeside = (path: string) => JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'))

/** The version in package.json, which is one level above the sources and above the build. */
export const programVersion: string = readBeside('../package.json').version

/** Of a build made where git does not answer, and of sources that run without a build. */
const unknownCommit = 'unknown'

/**
 * The commit that scripts/build.mjs wrote beside this module: 12 digits, with `-dirty` when the tree differed from it;
 * `unknown` where none was written.
 */
export const programCommit: string = existsSync(new URL('./build.json', import.meta.url))
  ? readBeside('./build.json').commit
  : unknownCommit

/** As people read it: `0.2.0 (97ccbf1c1f11)`, or the version alone. */
export const versionText = (version: string, commit: string | undefined): string =>
  commit === undefined || commit === unknownCommit ? version : `${version} (${commit})`
