import { readFileSync } from 'node:fs'

/** The version in package.json: one level up from the sources, and from the build. */
export const programVersion: string = JSON.parse(
  readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
).version
