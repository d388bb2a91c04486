import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Command } from 'commander'
import { expect, it } from 'vitest'
import { commandExamples } from '../../src/cli/examples.ts'
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

/** The command that `words` lead to. */
const commandAt = (words: string[]): Command | undefined =>
  words.reduce<Command | undefined>(
    (command, word) => command?.commands.find((one) => one.name() === word),
    createProgram({}),
  )

it.each(Object.entries(commandExamples))('gives an example of %s that the command takes', (name, example) => {
  const command = commandAt(name.split(' '))
  expect(example.startsWith(`fluxport ${name}`)).toBe(true)
  const options = [...example.matchAll(/ (--[a-z-]+)/g)].map(([, option]) => option)
  const known = new Set(command?.options.map(({ long }) => long))
  expect(options.filter((option) => !known.has(option ?? ''))).toEqual([])
  const required = command?.registeredArguments.filter((argument) => argument.required) ?? []
  const given = example.slice(`fluxport ${name}`.length).trim()
  expect(given !== '' || required.length === 0).toBe(true)
})
