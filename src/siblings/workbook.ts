import type { WholeNumber } from '../exact-json.ts'

/** The port of a workbook's writer, which the server hands in: exports have it too. */

export type Language = 'zh' | 'en'
export type Title = Readonly<Record<Language, string>>

export type WorkbookColumn = {
  name: string
  title: Title
  type: 'time' | 'text' | 'integer'
  unit: 'byte' | 'bit/s' | 'request' | null
  /** True if the sum of all rows means something. */
  isSummed?: true
}

/** A time is `YYYY-MM-DD HH:MM:SS`; null is an empty cell. */
export type WorkbookCell = string | WholeNumber | null
export type WorkbookSheet = { title: Title; columns: WorkbookColumn[]; rows: WorkbookCell[][] }

/** @property about facts for the second tab, as pairs of a label and a value */
export type Workbook = {
  language: Language
  title: string
  sheets: WorkbookSheet[]
  about: (readonly [label: string, value: string | number])[]
}

/** Writes an Office Open XML workbook whole. */
export type WriteWorkbook = (workbook: Workbook) => Promise<Buffer>
