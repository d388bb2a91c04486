import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

/** Kept between runs: the SDKs are large. */
export const cache = fileURLToPath(new URL('../../../node_modules/.cache/sdk/', import.meta.url))

/** What a test needs and this machine cannot have: its tests skip, and say so. */
export class Unavailable extends Error {}

type RunOptions = { cwd?: string; env?: Record<string, string | undefined> }

/**
 * Runs a program to its end; answers what it printed. Never in this thread: the server that the SDKs talk to runs in it.
 * @throws Unavailable when there is no such program
 * @throws Error with what it wrote, when it fails
 */
export async function run(command: string, args: string[], options: RunOptions = {}): Promise<string> {
  return await new Promise((resolve, reject) => {
    const { cwd, env = process.env } = options
    const limits = { maxBuffer: 64 << 20, timeout: 600_000 }
    execFile(command, args, { ...limits, env, ...(cwd === undefined ? {} : { cwd }) }, (error, stdout, stderr) => {
      if (!error) resolve(stdout)
      else if (error.code === 'ENOENT') reject(new Unavailable(`${command} is missing`))
      else reject(new Error(`${command} ${args.join(' ')}: ${stderr}${stdout || error.message}`))
    })
  })
}

export type Recipe = {
  /** Below the cache, one for each version. */
  name: string
  /** All that the directory is made of: it is made anew when this changes. */
  ingredients: unknown
  /** Brings what is not ours: when this fails, the tests skip with the reason. */
  fetch: (directory: string) => Promise<void>
  /** Makes what is ours of it: when this fails, so do the tests. */
  build?: (directory: string) => Promise<void>
}

export type Installation = { directory: string } | { missing: string }

/** Makes a directory by its recipe, unless an earlier run did. */
export async function installed(recipe: Recipe): Promise<Installation> {
  const directory = cache + recipe.name
  const stamp = `${directory}/made-of`
  const digest = createHash('sha256').update(JSON.stringify(recipe.ingredients)).digest('hex')
  if ((await readFile(stamp, 'utf8').catch(() => '')) === digest) return { directory }
  await rm(directory, { recursive: true, force: true })
  await mkdir(directory, { recursive: true })
  try {
    await recipe.fetch(directory)
  } catch (error) {
    return { missing: error instanceof Unavailable ? error.message : `it cannot be fetched: ${reasonOf(error)}` }
  }
  await recipe.build?.(directory)
  await writeFile(stamp, digest)
  return { directory }
}

/** Of all that a tool writes when it fails, the line that says why. */
const reasonOf = (error: unknown): string => {
  const lines = String((error as Error).message).split('\n')
  return lines.find((line) => /error|fail|could not|cannot/i.test(line)) ?? lines[0] ?? ''
}
