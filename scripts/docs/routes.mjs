// The routes of docs/openapi.json, as tables of the HTTP API's page: a table for each tag, in the document's order.
import { readFileSync } from 'node:fs'
import { cell, table } from './markdown.mjs'

/** Where the guide tells of a tag's routes. */
const guides = {
  'Export tasks (contract)': '../guide/tasks-and-webhooks.md',
  'Export tasks': '../guide/tasks-and-webhooks.md',
  Coverage: '../guide/coverage.md',
  Usage: '../guide/usage.md',
  'Statistics (contract)': 'compatibility.md',
  Webhooks: '../guide/tasks-and-webhooks.md',
  Downloads: '../guide/export-files.md',
  'Log batches': '../guide/load-logs.md',
  Status: '../guide/operating.md',
  Retention: '../guide/retention.md',
  'Where clients are': '../guide/relocation.md',
  'Accounts (contract)': '../guide/accounts-and-keys.md',
  Accounts: '../guide/accounts-and-keys.md',
  Audit: '../guide/accounts-and-keys.md',
  Console: '../guide/console.md',
}
const methods = ['get', 'put', 'post', 'delete']
const code = (text) => `\`${text}\``

/** Names of a request's fields; those of its path stand in the path. */
function fieldsOf({ parameters = [], requestBody }) {
  const named = parameters.filter((one) => one.in !== 'path').map(({ name, required }) => ({ name, required }))
  const body = requestBody?.content?.['application/json']?.schema ?? {}
  const forms = [body, ...(body.anyOf ?? []), ...(body.oneOf ?? []), ...(body.allOf ?? [])]
  const inBody = forms.flatMap(({ properties = {}, required = [] }) =>
    Object.keys(properties).map((name) => ({ name, required: required.includes(name) })),
  )
  const shown = [...named, ...inBody].map(({ name, required }) => (required ? `**${code(name)}**` : code(name)))
  return [...new Set(shown)].join(', ')
}

/** Every role but that of ingest tokens, in the order of the rule; a route without a rule is open. */
const rolesOf = (operation) => operation['x-roles']?.join(', ') ?? 'everybody'

/** Tables of all routes: request, what it does, its fields (those that must be given in bold), the roles that may. */
export function routeTables() {
  const { paths } = JSON.parse(readFileSync(new URL('../../docs/openapi.json', import.meta.url), 'utf8'))
  const routes = Object.entries(paths).flatMap(([path, operations]) =>
    methods.flatMap((method) => (operations[method] ? [{ path, method, operation: operations[method] }] : [])),
  )
  const tags = [...new Set(routes.map(({ operation }) => operation.tags[0]))]
  return tags
    .map((tag) => {
      const rows = routes
        .filter(({ operation }) => operation.tags[0] === tag)
        .map(({ path, method, operation }) => [
          code(`${method.toUpperCase()} ${path}`),
          cell(operation.summary),
          cell(fieldsOf(operation)) || '–',
          rolesOf(operation),
        ])
      return `### ${tag}\n\nMore in [the guide](${guideOf(tag)}).\n\n${table(['Request', 'What it does', 'Fields', 'Roles'], rows)}`
    })
    .join('\n\n')
}

function guideOf(tag) {
  if (!guides[tag]) throw new Error(`scripts/docs/routes.mjs names no guide of ${tag}`)
  return guides[tag]
}
