// Writes what the documentation repeats from the code: the table of options, the index of error codes, and the
// head of each code's page. With --check: writes nothing, and fails when one of them is another or a page is missing.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { environmentName, serverOptions } from '../dist/config/config.js'
import { errorCatalogue } from '../dist/errors.js'
import { logFormats } from '../dist/ingest/formats/known-formats.js'

const root = new URL('../', import.meta.url)
const checks = process.argv.includes('--check')
const problems = []

const cell = (text) => text.replaceAll('|', '\\|').replaceAll('<', '&lt;')
const row = (cells) => `| ${cells.join(' | ')} |`
const table = (header, rows) => [row(header), row(header.map(() => '---')), ...rows.map(row)].join('\n')

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
    logFormats.map(({ name, title, namesDomain, meaning }) => [
      `\`${name}\``,
      cell(title),
      namesDomain ? 'in the line' : '`--domain`',
      ...[meaning.time, meaning.bytes, meaning.cache].map(cell),
    ]),
  )

const formatExamples = () => logFormats.map(({ name, example }) => `\`${name}\`\n\n    ${example}`).join('\n\n')

/** Puts `content` between the file's markers `<!-- name -->` and `<!-- /name -->`. */
function writeBlock(path, name, content) {
  const file = new URL(path, root)
  if (!existsSync(file)) return problems.push(`${path} is missing`)
  const text = readFileSync(file, 'utf8')
  const [open, close] = [`<!-- ${name} -->`, `<!-- /${name} -->`]
  const [from, to] = [text.indexOf(open), text.indexOf(close)]
  if (from < 0 || to < from) return problems.push(`${path} has no ${open} … ${close}`)
  const written = `${text.slice(0, from + open.length)}\n${content}\n${text.slice(to)}`
  if (written === text) return
  if (checks) problems.push(`${path} is not what the code says: run node scripts/write-docs.mjs`)
  else writeFileSync(file, written)
}

writeBlock('docs/reference/configuration.md', 'options', optionsTable())
writeBlock('docs/reference/log-formats.md', 'formats', formatsTable())
writeBlock('docs/reference/log-formats.md', 'examples', formatExamples())
writeBlock('docs/reference/errors/README.md', 'codes', codesTable())
for (const [code, { status, title }] of Object.entries(errorCatalogue)) {
  writeBlock(`docs/reference/errors/${code}.md`, 'code', `HTTP ${status}: ${title}`)
}
for (const name of readdirSync(new URL('docs/reference/errors/', root))) {
  const code = name.replace(/\.md$/, '')
  if (code !== 'README' && !(code in errorCatalogue)) problems.push(`docs/reference/errors/${name} is of no code`)
}
for (const problem of problems) console.error(problem)
if (problems.length > 0) process.exitCode = 1
