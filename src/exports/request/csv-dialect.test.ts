import { describe, expect, it } from 'vitest'
import { contractDialect, csvDialectOf } from './csv-dialect.ts'

describe('the form of a CSV file', () => {
  it('is the contract’s where nothing is asked', () => {
    expect(csvDialectOf({}, 'csv')).toEqual(contractDialect)
    expect(csvDialectOf({ csv_delimiter: '', csv_decimal: '', csv_bom: '' }, 'csv')).toEqual(contractDialect)
    expect(csvDialectOf({}, 'parquet')).toEqual(contractDialect)
  })

  it.each([
    [
      { csv_delimiter: ';', csv_decimal: ',', csv_bom: 'true' },
      { delimiter: ';', decimal: ',', bom: true },
    ],
    [
      { csv_delimiter: 'tab', csv_bom: 'false' },
      { delimiter: 'tab', decimal: '.', bom: false },
    ],
    [
      { csv_delimiter: '\t', csv_decimal: ',' },
      { delimiter: 'tab', decimal: ',', bom: null },
    ],
    [
      { csv_delimiter: ',', csv_decimal: '.' },
      { delimiter: ',', decimal: '.', bom: null },
    ],
  ])('is as it is asked: %j', (asked, form) => {
    expect(csvDialectOf(asked, 'csv')).toEqual(form)
  })

  it.each([
    [{ csv_delimiter: '|' }, 'csv', /csv_delimiter.*, ; tab/],
    [{ csv_decimal: ';' }, 'csv', /csv_decimal.*\. ,/],
    [{ csv_bom: 'yes' }, 'csv', /csv_bom.*true, false/],
    [{ csv_decimal: ',' }, 'csv', /csv_decimal.*csv_delimiter ; or tab/],
    [{ csv_decimal: ',', csv_delimiter: ',' }, 'csv', /csv_decimal/],
    [{ csv_delimiter: ';' }, 'xlsx', /csv_delimiter.*format=csv, not with xlsx/],
    [{ csv_bom: 'true' }, 'jsonl', /csv_bom/],
  ] as const)('is refused when it means nothing: %j of %s', (asked, format, message) => {
    expect(() => csvDialectOf(asked, format)).toThrow(message)
  })
})
