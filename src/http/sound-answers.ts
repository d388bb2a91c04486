/** The parts of a JSON schema that describe whole numbers. */
type Schema = {
  type?: string
  properties?: Record<string, Schema>
  items?: Schema
  anyOf?: Schema[]
}

/**
 * Makes an answer's whole numbers fit for JSON. Values stored before numbers were checked may be infinite, a fraction
 * or a text. They become the nearest whole number; a value that is no number becomes 0 or null. Otherwise a request
 * would fail after its work was done, and one bad row would hide a whole list.
 * @returns the same object when nothing is wrong with it
 */
export function soundAnswer(value: unknown, schema: Schema): unknown {
  const isNullable = schema.anyOf?.some(({ type }) => type === 'null') ?? false
  if (value === null || value === undefined) return value
  const fitting = schema.anyOf?.find(({ type }) => type !== 'null') ?? schema
  if (fitting.type === 'integer') return soundInteger(value, isNullable)
  if (Array.isArray(value)) return soundArray(value, fitting.items)
  if (typeof value === 'object' && fitting.properties) return soundObject(value, fitting.properties)
  return value
}

function soundArray(value: unknown[], items: Schema | undefined): unknown[] {
  if (items === undefined) return value
  const sound = value.map((item) => soundAnswer(item, items))
  return sound.some((item, index) => item !== value[index]) ? sound : value
}

function soundObject(value: object, properties: Record<string, Schema>): object {
  const changed = Object.entries(value).filter(([name, inner]) => {
    const schema = properties[name]
    return schema !== undefined && soundAnswer(inner, schema) !== inner
  })
  if (changed.length === 0) return value
  return {
    ...value,
    ...Object.fromEntries(changed.map(([name, inner]) => [name, soundAnswer(inner, properties[name] ?? {})])),
  }
}

function soundInteger(value: unknown, isNullable: boolean): unknown {
  // A bigint is written digit by digit.
  if (typeof value === 'bigint' || Number.isInteger(value)) return value
  if (typeof value === 'string' && /^-?\d+$/.test(value)) return value
  const number = typeof value === 'number' ? value : Number.NaN
  if (Number.isNaN(number)) return isNullable ? null : 0
  return Math.max(-Number.MAX_SAFE_INTEGER, Math.min(Number.MAX_SAFE_INTEGER, Math.trunc(number)))
}
