export const formats = ['csv', 'xlsx', 'parquet', 'jsonl'] as const
export type Format = (typeof formats)[number]
export const compressions = ['none', 'gzip', 'zip'] as const
export type Compression = (typeof compressions)[number]
