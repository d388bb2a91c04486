import type { Format } from '../exports/export-names.ts'
import { csv } from './csv.ts'
import type { FileFormat } from './file-format.ts'
import { jsonl } from './jsonl.ts'
import { parquet } from './parquet.ts'
import { xlsx } from './xlsx/xlsx.ts'

/** The format of each name that a request may have. */
export const fileFormats: Record<Format, FileFormat> = { csv, xlsx: xlsx(), parquet, jsonl }
