// Writes what the documentation repeats from the code: options, commands, routes, columns, rejection reasons, log
// formats, and error codes with the head of each code's page. With --check: writes nothing, and fails when a page is out of date or
// missing. Reads dist/, so build first.
import { readdirSync } from 'node:fs'
import { environmentName, serverOptions } from '../dist/config/config.js'
import { errorCatalogue } from '../dist/errors.js'
import { logFormats } from '../dist/ingest/formats/known-formats.js'
import { askers } from '../dist/ingest/formats/line/askers.js'
import { wrappings } from '../dist/ingest/formats/wrapping/known-wrappings.js'
import { clientOptionsTable, commandProblems, commandSections, commandsIndex } from './docs/commands.mjs'
import { cell, table, writeBlock } from './docs/markdown.mjs'
import { reasonsTable } from './docs/rejection-reasons.mjs'
import { columnSections } from './docs/report-columns.mjs'
import { routeTables } from './docs/routes.mjs'

const checks = process.argv.includes('--check')

const optionsTable = () =>
  table(
    ['Flag', 'Variable', 'Default', 'Meaning'],
    serverOptions.map(({ flag, value, meaning, fallback }) => [
      `\`--${flag} ${value}\``,
      `\`${environmentName(flag)}\``,
      fallback === null ? 'none' : `\`${fallback}\``,
      cell(meaning),
    ]),
  )

const codesTable = () =>
  table(
    ['Code', 'HTTP', 'Meaning'],
    Object.entries(errorCatalogue).map(([code, { status, title }]) => [
      `[${code}](${code}.md)`,
      String(status),
      cell(title),
    ]),
  )

const formatsTable = () =>
  table(
    ['`--format`', 'What it is', 'Domain', 'Time', 'Bytes', 'Hit'],
    logFormats.map(({ name, title, namesDomain, domainStated, meaning }) => [
      `\`${name}\``,
      cell(title),
      namesDomain ? `in the line${domainStated ? ', if the format is stated; else `--domain`' : ''}` : '`--domain`',
      ...[meaning.time, meaning.bytes, meaning.cache].map(cell),
    ]),
  )

const wrappingsTable = () =>
  table(
    ['Before the format', 'What it is', 'A line'],
    wrappings.map(({ name, title, example }) => [`\`${name}+\``, cell(title), `\`${cell(example('…'))}\``]),
  )

const askersTable = () =>
  table(
    ['Class', 'Who asked', 'Formats'],
    Object.entries(askers).map(([asker, who]) => {
      const formats = logFormats.filter((format) => format.askers?.includes(asker))
      return [`\`${asker}\``, cell(who), formats.map(({ name }) => `\`${name}\``).join(', ')]
    }),
  )

const formatExamples = () => logFormats.map(({ name, example }) => `\`${name}\`\n\n    ${example}`).join('\n\n')

const blocks = [
  ['http-api.md', 'routes', routeTables()],
  ['configuration.md', 'options', optionsTable()],
  ['commands.md', 'index', commandsIndex()],
  ['commands.md', 'client-options', clientOptionsTable()],
  ['commands.md', 'commands', commandSections()],
  ['report-columns.md', 'columns', columnSections()],
  ['rejection-reasons.md', 'reasons', reasonsTable()],
  ['log-formats.md', 'formats', formatsTable()],
  ['log-formats.md', 'wrappings', wrappingsTable()],
  ['log-formats.md', 'askers', askersTable()],
  ['log-formats.md', 'examples', formatExamples()],
  ['errors/README.md', 'codes', codesTable()],
  ...Object.entries(errorCatalogue).map(([code, { status, title }]) => [
    `errors/${code}.md`,
    'code',
    `HTTP ${status}: ${title}`,
  ]),
]

/** Pages of codes that are gone. */
const strayPages = readdirSync(new URL('../docs/reference/errors/', import.meta.url))
  .map((name) => name.replace(/\.md$/, ''))
  .filter((code) => code !== 'README' && !(code in errorCatalogue))
  .map((code) => `docs/reference/errors/${code}.md is of no code`)

const problems = [
  ...blocks.map(([page, name, content]) => writeBlock({ path: `docs/reference/${page}`, name, content, checks })),
  ...strayPages,
  ...commandProblems(),
].filter((problem) => problem !== null)
for (const problem of problems) console.error(problem)
if (problems.length > 0) process.exitCode = 1
