// The reference of commands, from the tree that the command line itself parses with.
import { withClientOptions } from '../../dist/cli/client-options.js'
import { commandExamples } from '../../dist/cli/examples.js'
import { createProgram } from '../../dist/cli/program.js'
import { serverOptions } from '../../dist/config/config.js'
import { cell, table } from './markdown.mjs'

const program = createProgram({})
const commandClass = program.constructor

/** Options that many commands take: each list is shown once, and linked. */
const sharedLists = [
  {
    flags: serverOptions.map(({ flag }) => `--${flag}`),
    sentence: 'It takes every option of the [server](configuration.md).',
  },
  {
    flags: withClientOptions(new commandClass()).options.map(({ long }) => long),
    sentence: 'It takes the [client options](#client-options).',
  },
]

const sharedBy = (command) =>
  sharedLists.filter(({ flags }) => flags.every((flag) => command.options.some(({ long }) => long === flag)))

function ownOptions(command) {
  const shared = new Set(sharedBy(command).flatMap(({ flags }) => flags))
  return command.options.filter(({ long }) => !shared.has(long))
}

const defaultPattern = / ?\(default:? ([^()]*)\)/

/** A default is a value of the parser's, or what the help says where only the server knows it. */
function defaultOf({ defaultValue, description }) {
  if (defaultValue !== undefined) return `\`${defaultValue}\``
  return cell(defaultPattern.exec(description)?.[1] ?? '')
}

const optionRow = (option) => [
  `\`${option.flags}\``,
  defaultOf(option),
  cell(option.description.replace(defaultPattern, '').replaceAll(/\[([A-Z_, ]+)\]/g, '(variable $1)')),
]

const argumentName = (argument) => {
  const name = `${argument.name()}${argument.variadic ? '...' : ''}`
  return argument.required ? `<${name}>` : `[${name}]`
}

const argumentRow = (argument) => [`\`${argumentName(argument)}\``, '', cell(argument.description)]

/** The sentence of a command, as its help has it; help begins with a capital and ends without a full stop. */
const sentence = (command) => `${cell(command.description())}.`

function* sectionsOf(command, path) {
  const words = [...path, command.name()]
  const called = ['fluxport', ...words].join(' ')
  yield `${'#'.repeat(words.length + 1)} \`${called}\``
  yield sentence(command)
  if (command.commands.length > 0) yield* groupOf(command, words, called)
  else yield* leafOf(command, words, called)
}

function* groupOf(command, words, called) {
  const first = command.commands.find((below) => below.name() === command._defaultCommandName)
  if (first) yield `\`${called}\` alone is \`${called} ${first.name()}\`.`
  for (const below of command.commands) yield* sectionsOf(below, words)
}

function* leafOf(command, words, called) {
  const takes = command.registeredArguments.map(argumentName)
  const options = command.options.length > 0 ? ['[options]'] : []
  yield `    ${[called, ...takes, ...options].join(' ')}`
  const rows = [
    ...command.registeredArguments.filter(({ description }) => description !== '').map(argumentRow),
    ...ownOptions(command).map(optionRow),
  ]
  if (rows.length > 0) yield table(['Argument or option', 'Default', 'Meaning'], rows)
  for (const { sentence: taken } of sharedBy(command)) yield taken
  const example = commandExamples[words.join(' ')]
  if (example !== undefined) yield `Example:\n\n    ${example}`
}

export const clientOptionsTable = () =>
  table(['Option', 'Default', 'Meaning'], withClientOptions(new commandClass()).options.map(optionRow))

const anchorOf = (words) => words.join(' ').replaceAll(' ', '-')

export const commandsIndex = () =>
  table(
    ['Command', 'What it does'],
    program.commands.map((command) => [
      `[\`${command.name()}\`](#${anchorOf(['fluxport', command.name()])})`,
      sentence(command),
    ]),
  )

export const commandSections = () => program.commands.flatMap((command) => [...sectionsOf(command, [])]).join('\n\n')

/** Examples of commands that there are not. */
export function commandProblems() {
  const known = new Set(leafNames(program, []))
  const unknown = Object.keys(commandExamples).filter((name) => !known.has(name))
  const without = [...known].filter((name) => !(name in commandExamples))
  return [
    ...unknown.map((name) => `src/cli/examples.ts has an example of ${name}, which is no command`),
    ...without.map((name) => `src/cli/examples.ts has no example of ${name}`),
  ]
}

const leafNames = (command, path) =>
  command.commands.flatMap((below) => {
    const words = [...path, below.name()]
    return below.commands.length > 0 ? leafNames(below, words) : [words.join(' ')]
  })
