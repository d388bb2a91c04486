import { parameterError } from '../errors.ts'

/** The parts of a JSON schema that describe numbers. */
type Schema = {
  type?: string
  minimum?: number
  maximum?: number
  properties?: Record<string, Schema>
  items?: Schema
  anyOf?: Schema[]
}

/**
 * The one gate for numbers from outside: of the path, the query, the headers and the body. Where the schema wants a
 * whole number, the gate takes one that a double holds exactly, or its decimal digits as text, which become the number.
 * Where it wants a number, the gate takes a finite one. The validator checks everything else.
 * @throws AppError CDN.0001 naming the parameter
 */
export function gateNumbers<T>(values: T, schema: unknown): T {
  return gated(values, schema as Schema, '') as T
}

function gated(value: unknown, schema: Schema, name: string): unknown {
  const wanted = schema.type ?? schema.anyOf?.find(({ type }) => type === 'integer' || type === 'number')?.type
  if (wanted === 'integer' || wanted === 'number') {
    const mayBeNull = schema.anyOf?.some(({ type }) => type === 'null') ?? false
    return value === null && mayBeNull ? null : numberOf(value, wanted, name, schema)
  }
  if (Array.isArray(value)) {
    const { items } = schema
    return items ? value.map((item, index) => gated(item, items, `${name}.${index}`)) : value
  }
  if (typeof value !== 'object' || value === null) return value
  for (const [key, inner] of Object.entries(schema.properties ?? {})) {
    if (!Object.hasOwn(value, key)) continue
    const members = value as Record<string, unknown>
    members[key] = gated(members[key], inner, name === '' ? key : `${name}.${key}`)
  }
  return value
}

const digits = { integer: /^-?\d{1,16}$/, number: /^-?\d{1,16}(\.\d{1,16})?$/ }

function numberOf(value: unknown, wanted: 'integer' | 'number', name: string, schema: Schema): unknown {
  const number = typeof value === 'string' && digits[wanted].test(value) ? Number(value) : value
  const isSound = wanted === 'integer' ? Number.isSafeInteger(number) : Number.isFinite(number)
  // Removes the sign of zero: a database would keep -0 as another number.
  if (isSound) return (number as number) + 0
  const { minimum = Number.MIN_SAFE_INTEGER, maximum = Number.MAX_SAFE_INTEGER } = schema
  throw parameterError(name, `must be ${wanted}, in decimal digits, >= ${minimum} and <= ${maximum}`)
}
