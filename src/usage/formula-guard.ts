/** As the CSV files of exports (exports/files/csv.ts): characters that begin a formula, wherever a cell may begin. */
const mayRun = /^[\t\r\n]|(?:^|[;\t|\r\n]"*)[=+\-@＝＋－＠]/
const begins = /^[\t\r\n=+\-@＝＋－＠]/
const within = /([;\t|\r\n])("*[=+\-@＝＋－＠])/g
const isNumber = /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/

/** Puts an apostrophe before text that a spreadsheet would run. */
export function guarded(text: string): string {
  if (!mayRun.test(text)) return text
  return (begins.test(text) && !isNumber.test(text) ? "'" : '') + text.replaceAll(within, "$1'$2")
}
