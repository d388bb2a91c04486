import type { Format } from '../../statistics/format-names.ts'
import { csv } from '../files/csv.ts'
import type { FileFormat } from '../files/file-format.ts'
import { jsonl } from '../files/jsonl.ts'
import { parquet } from '../files/parquet.ts'
import { xlsx } from '../files/xlsx/xlsx.ts'

/** The format of each name that a request may have. */
export const fileFormats: Record<Format, FileFormat> = { csv, xlsx: xlsx(), parquet, jsonl }
