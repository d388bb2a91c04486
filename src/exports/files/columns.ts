export type Title = { en: string; zh: string }

/**
 * A column of a table. An `offset` is the lead over UTC of the clocks that show a time: `+02:00`. `unit` is the unit of
 * its values. `name` is used in JSONL, Parquet and the OpenAPI document; `from` is the statement's name, where that
 * differs.
 */
export type Column = {
  name: string
  from?: string
  title: Title
  type: 'time' | 'offset' | 'text' | 'integer' | 'decimal'
  unit: 'byte' | 'GB' | 'TB' | 'bit/s' | 'Mbit/s' | 'percent' | 'request' | 'address' | 'day' | null
}
