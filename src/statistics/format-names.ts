export const formats = ['csv', 'xlsx', 'parquet', 'jsonl'] as const
export type Format = (typeof formats)[number]
/** Characters between the cells of a CSV file, by the names that a request has for them. */
export const csvDelimiters = { ',': ',', ';': ';', tab: '\t' } as const
export type CsvDelimiter = keyof typeof csvDelimiters
export const csvDelimiterNames = Object.keys(csvDelimiters) as CsvDelimiter[]
export const csvDecimals = ['.', ','] as const
export type CsvDecimal = (typeof csvDecimals)[number]
export const compressions = ['none', 'gzip', 'zip'] as const
export type Compression = (typeof compressions)[number]
