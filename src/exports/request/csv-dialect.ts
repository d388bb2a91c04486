import { parameterError, quoted } from '../../errors.ts'
import {
  type CsvDecimal,
  type CsvDelimiter,
  csvDecimals,
  csvDelimiters,
  type Format,
} from '../../statistics/format-names.ts'

/** The form of a CSV file. `bom` is null for the default: a mark before Chinese titles alone. */
export type CsvDialect = { delimiter: CsvDelimiter; decimal: CsvDecimal; bom: boolean | null }

/** The form of the contract's files. */
export const contractDialect: CsvDialect = { delimiter: ',', decimal: '.', bom: null }

type AskedDialect = { csv_delimiter?: string; csv_decimal?: string; csv_bom?: string }

/**
 * The form of a request's file.
 * @throws AppError CDN.0001, naming the parameter
 */
export function csvDialectOf(asked: AskedDialect, format: Format): CsvDialect {
  if (format !== 'csv') {
    for (const name of ['csv_delimiter', 'csv_decimal', 'csv_bom'] as const)
      if (asked[name]) throw parameterError(name, `it goes with format=csv, not with ${format}`)
    return contractDialect
  }
  const delimiter = asked.csv_delimiter ? delimiterOf(asked.csv_delimiter) : contractDialect.delimiter
  const decimal = asked.csv_decimal ? decimalOf(asked.csv_decimal) : contractDialect.decimal
  if (delimiter === ',' && decimal === ',') throw parameterError('csv_decimal', commaTwice)
  return { delimiter, decimal, bom: asked.csv_bom ? markOf(asked.csv_bom) : contractDialect.bom }
}

const commaTwice = 'a comma cannot be the decimal sign and the delimiter: take csv_delimiter ; or tab'

function delimiterOf(text: string): CsvDelimiter {
  const found = Object.entries(csvDelimiters).find(([name, character]) => text === name || text === character)
  if (!found)
    throw parameterError('csv_delimiter', `${quoted(text)} is not one of ${Object.keys(csvDelimiters).join(' ')}`)
  return found[0] as CsvDelimiter
}

function decimalOf(text: string): CsvDecimal {
  const found = csvDecimals.find((one) => one === text)
  if (!found) throw parameterError('csv_decimal', `${quoted(text)} is not one of ${csvDecimals.join(' ')}`)
  return found
}

function markOf(text: string): boolean {
  if (text !== 'true' && text !== 'false') throw parameterError('csv_bom', `${quoted(text)} is not one of true, false`)
  return text === 'true'
}
