export type Title = { en: string; zh: string }

/**
 * A column of a table. `unit` is of the values; `name` is the column's in JSONL, Parquet and the OpenAPI document, and `from`
 * in the statement, where that has another.
 */
export type Column = {
  name: string
  from?: string
  title: Title
  type: 'time' | 'text' | 'integer' | 'decimal'
  unit: 'byte' | 'bit/s' | 'percent' | 'request' | 'address' | 'day' | null
}
