// Writes console/generated/operations.ts from docs/openapi.json: for each operation under /api/v1, for export tasks and for kept logs its query, its
// parameters in the path, its body and its answer, as TypeScript types. The console's client is typed by them.
// openapi-typescript 7.13.0 does not install beside TypeScript 7, whose compiler has no API in JavaScript.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const methods = ['get', 'post', 'put', 'delete']

/** @returns a TypeScript type of the values that a JSON schema allows; of what it cannot say, unknown */
function typeOf(schema) {
  if (schema === undefined) return 'unknown'
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(' | ')
  if (schema.const !== undefined) return JSON.stringify(schema.const)
  if (schema.anyOf) return unionOf(schema.anyOf.map(typeOf))
  if (Array.isArray(schema.type)) return unionOf(schema.type.map((type) => typeOf({ ...schema, type })))
  if (schema.type === 'array') return `(${typeOf(schema.items)})[]`
  if (schema.type === 'object') return objectOf(schema)
  // A figure beyond 2^53 is a bigint (api/exact-json.ts).
  return (
    { string: 'string', integer: 'Integer', number: 'number', boolean: 'boolean', null: 'null' }[schema.type] ??
    'unknown'
  )
}

const unionOf = (types) => [...new Set(types)].join(' | ')

function objectOf({ properties, required = [], additionalProperties }) {
  if (!properties) return `Record<string, ${additionalProperties ? typeOf(additionalProperties) : 'unknown'}>`
  const members = Object.entries(properties).map(
    ([name, schema]) => `${JSON.stringify(name)}${required.includes(name) ? '' : '?'}: ${typeOf(schema)}`,
  )
  return `{ ${members.join('; ')} }`
}

function parametersOf({ parameters = [] }, place) {
  const members = parameters
    .filter((parameter) => parameter.in === place)
    .map(({ name, required, schema }) => `${JSON.stringify(name)}${required ? '' : '?'}: ${typeOf(schema)} | undefined`)
  return `{ ${members.join('; ')} }`
}

const jsonOf = (holder) => holder?.content?.['application/json']?.schema

function operationOf(operation) {
  const answers = Object.entries(operation.responses).filter(([status]) => status.startsWith('2'))
  const answer = unionOf(answers.map(([, response]) => typeOf(jsonOf(response)))) || 'unknown'
  const body = typeOf(jsonOf(operation.requestBody))
  return `{ query: ${parametersOf(operation, 'query')}; path: ${parametersOf(operation, 'path')}; body: ${body}; answer: ${answer} }`
}

/** Operations of the contract that the console uses. */
const contractPaths = ['/v1/cdn/statistics/export-tasks', '/v1.0/cdn/logs']

const { paths } = JSON.parse(readFileSync(`${root}docs/openapi.json`, 'utf8'))
const lines = Object.entries(paths)
  .filter(([path]) => path.startsWith('/api/v1/') || contractPaths.includes(path))
  .flatMap(([path, operations]) =>
    methods
      .filter((method) => operations[method])
      .map((method) => `  ${JSON.stringify(`${method.toUpperCase()} ${path}`)}: ${operationOf(operations[method])}`),
  )
mkdirSync(`${root}console/generated`, { recursive: true })
writeFileSync(
  `${root}console/generated/operations.ts`,
  `// Written by scripts/write-console-types.mjs from docs/openapi.json.\ntype Integer = number\nexport type Operations = {\n${lines.join('\n')}\n}\n`,
)
