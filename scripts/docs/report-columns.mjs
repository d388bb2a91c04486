// The reference of columns, from the reports that write the files.
import { reports } from '../../dist/exports/reports/catalogue.js'
import { cell, table } from './markdown.mjs'

const plain = { groupBy: null, byProvince: false, coverageColumn: false }

/** What a request may ask for beyond the plain columns, in the API's words. */
const choices = [
  { asked: { groupBy: 'domain' }, words: 'with `group_by=domain`' },
  { asked: { byProvince: true }, words: 'with `province`' },
  { asked: { coverageColumn: true }, words: 'with `coverage_column=true`' },
]
const everything = Object.assign({}, plain, ...choices.map(({ asked }) => asked))

const tablesOf = (action, asked) => reports[action].tables({ action, ...plain, ...asked })

const hasColumn = (action, index, name, asked) =>
  tablesOf(action, asked)[index].columns.some((column) => column.name === name)

function whenOf(action, index, name) {
  if (hasColumn(action, index, name, {})) return 'always'
  const choice = choices.find(({ asked }) => hasColumn(action, index, name, asked))
  if (!choice) throw new Error(`no single choice gives the column ${name} of ${action}`)
  return choice.words
}

const columnRow = (action, index, { name, title, type, unit, meaning }) => [
  `\`${name}\``,
  cell(title.en),
  cell(title.zh),
  type,
  unit ?? '',
  whenOf(action, index, name),
  cell(meaning),
]

const header = ['Name', 'English title', 'Chinese title', 'Type', 'Unit', 'In the file', 'Meaning']

function tableSection(action, index, made) {
  const heading = index === 0 ? `## \`${action}\`` : `### Second table: \`${made.name}\``
  const title = `Table “${made.title.en}” (${made.title.zh}). Each row is ${made.rowIs}.`
  return [
    heading,
    title,
    table(
      header,
      made.columns.map((column) => columnRow(action, index, column)),
    ),
  ].join('\n\n')
}

export const columnSections = () =>
  Object.keys(reports)
    .flatMap((action) => tablesOf(action, everything).map((made, index) => tableSection(action, index, made)))
    .join('\n\n')
