import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Command } from 'commander'
import { expect, it } from 'vitest'
import { createProgram } from '../../src/cli/program.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const pages = [
  'README.md',
  'SECURITY.md',
  ...readdirSync(`${root}docs`, { recursive: true, encoding: 'utf8' }).map((path) => `docs/${path}`),
]

/** What stands behind `fluxport` where it is a command: in backquotes, or in lines of code. */
const commandPattern = /(?:`|^ {4}(?:.* )?)fluxport((?: [a-z][a-z-]*)+)/gm

/** Words as far as they are commands; the first that is none is an argument, where a command takes one. */
function isKnown(program: Command, words: string[]): boolean {
  let command = program
  for (const word of words) {
    const next = command.commands.find((one) => one.name() === word)
    if (!next) return command !== program && (command.registeredArguments.length > 0 || command.commands.length === 0)
    command = next
  }
  return true
}

it('names commands that there are', () => {
  const program = createProgram({})
  const named = pages
    .filter((path) => path.endsWith('.md'))
    .flatMap((path) =>
      [...readFileSync(root + path, 'utf8').matchAll(commandPattern)].map(([, words = '']) => ({
        path,
        words: words.trim().split(' '),
      })),
    )
  expect(named.length).toBeGreaterThan(50)
  expect(named.filter(({ words }) => !isKnown(program, words))).toEqual([])
})
