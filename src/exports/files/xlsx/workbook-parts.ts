import type { About } from '../file-format.ts'
import { cellText } from './cell-text.ts'
import { cellFormats } from './cells.ts'

/** The small parts of a workbook beside its sheets (ECMA-376 part 1, SpreadsheetML). */

const declaration = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
const main = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main'
const relations = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'
const packageRelations = 'http://schemas.openxmlformats.org/package/2006/relationships'
const packageProperties = 'http://schemas.openxmlformats.org/package/2006/metadata/core-properties'
const sheetType = 'application/vnd.openxmlformats-officedocument.spreadsheetml'

const sheetNameLengthMax = 31

/**
 * A tab's name: the allowed part of its title. Excel calls a file damaged if a name is too long, has one of these
 * characters or an apostrophe at an end, is `History`, or occurs twice in any case.
 * @param others names in use; a title among them gets a number
 */
export function sheetName(title: string, others: readonly string[]): string {
  const taken = new Set(['history', ...others.map((name) => name.toLowerCase())])
  const allowed = title.replaceAll(/[\\/*?:[\]\p{Cc}]/gu, ' ').replaceAll(/^[\s']+|[\s']+$/g, '') || 'Sheet'
  for (let number = 1; ; number++) {
    const suffix = number === 1 ? '' : ` (${number})`
    const name = cutTo(allowed, sheetNameLengthMax - suffix.length) + suffix
    if (!taken.has(name.toLowerCase())) return name
  }
}

/** Cuts a text without leaving half a surrogate pair, or a character that may not end a name. */
const cutTo = (text: string, length: number): string =>
  text.length <= length
    ? text
    : text
        .slice(0, length)
        .replace(/[\ud800-\udbff]$/, '')
        .replace(/[\s']+$/, '')

/**
 * A tab. `partNumber` is its file's number; every printed page repeats a table's header. `filtered` is the range of the
 * header and the rows, `A1:M289`, that a reader may filter.
 */
export type Sheet = { name: string; partNumber: number; hasHeader: boolean; filtered?: string }

const inAttribute = (text: string) => cellText(text).xml.replaceAll('"', '&quot;')

/** @param sheets in the order of the tabs */
export const workbookParts = (sheets: Sheet[], described: DescribedFile): Record<string, string> => ({
  'xl/workbook.xml': `${declaration}<workbook xmlns="${main}" xmlns:r="${relations}"><sheets>${sheets
    .map(({ name, partNumber }, i) => `<sheet name="${inAttribute(name)}" sheetId="${i + 1}" r:id="rId${partNumber}"/>`)
    .join('')}</sheets><definedNames>${sheets.map(definedNames).join('')}</definedNames></workbook>`,
  'xl/_rels/workbook.xml.rels': `${declaration}<Relationships xmlns="${packageRelations}">${sheets
    .map(
      ({ partNumber }) =>
        `<Relationship Id="rId${partNumber}" Type="${relations}/worksheet" Target="worksheets/sheet${partNumber}.xml"/>`,
    )
    .join('')}<Relationship Id="rIdStyles" Type="${relations}/styles" Target="styles.xml"/></Relationships>`,
  '_rels/.rels': `${declaration}<Relationships xmlns="${packageRelations}"><Relationship Id="rId1" Type="${relations}/officeDocument" Target="xl/workbook.xml"/><Relationship Id="rId2" Type="${packageRelations}/metadata/core-properties" Target="docProps/core.xml"/></Relationships>`,
  'docProps/core.xml': propertiesOf(described),
  '[Content_Types].xml': `${declaration}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="${sheetType}.sheet.main+xml"/><Override PartName="/xl/styles.xml" ContentType="${sheetType}.styles+xml"/><Override PartName="/docProps/core.xml" ContentType="application/vnd.openxmlformats-package.core-properties+xml"/>${sheets
    .map(
      ({ partNumber }) =>
        `<Override PartName="/xl/worksheets/sheet${partNumber}.xml" ContentType="${sheetType}.worksheet+xml"/>`,
    )
    .join('')}</Types>`,
  'xl/styles.xml': styles,
})

type DescribedFile = Pick<About, 'fileTitle' | 'dataChangedAtMs'>

/** The file's title, maker and time (ECMA-376 part 2, 11): a file of the same data has the same. */
function propertiesOf({ fileTitle, dataChangedAtMs }: DescribedFile): string {
  const time = dataChangedAtMs === null ? null : `${new Date(dataChangedAtMs).toISOString().slice(0, 19)}Z`
  const created = time === null ? '' : `<dcterms:created xsi:type="dcterms:W3CDTF">${time}</dcterms:created>`
  return `${declaration}<cp:coreProperties xmlns:cp="${packageProperties}" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><dc:title>${cellText(fileTitle).xml}</dc:title><dc:creator>Fluxport</dc:creator>${created}</cp:coreProperties>`
}

/** Excel knows the filtered range by a name of its own, too. */
function definedNames({ name, hasHeader, filtered }: Sheet, tab: number): string {
  const sheet = `'${name.replaceAll("'", "''")}'!`
  const named = (what: string, range: string) =>
    `<definedName name="_xlnm.${what}" localSheetId="${tab}"${what === 'Print_Titles' ? '' : ' hidden="1"'}>${cellText(sheet + range).xml}</definedName>`
  const filter = filtered?.replaceAll(/([A-Z]+)(\d+)/g, '$$$1$$$2')
  return (filter ? named('_FilterDatabase', filter) : '') + (hasHeader ? named('Print_Titles', '$1:$1') : '')
}

const plain = { numFmtId: 0, fontId: 0, fillId: 0, borderId: 0, alignment: '' }
/** Bold; a table's header is also grey with a line below. */
const bold = { ...plain, fontId: 1 }
const header = { ...bold, fillId: 2, borderId: 1 }
/** A total is bold, with a line above. */
const total = { ...bold, borderId: 2 }
/** Excel's own `#,##0`: the reader's locale says what separates thousands. */
const grouped = 3
/** Numbers keep a distance from the text of the next column. */
const right = 'horizontal="right" indent="1"'

const formats: Record<keyof typeof cellFormats, typeof plain> = {
  text: plain,
  integer: { ...plain, numFmtId: grouped, alignment: right },
  decimal: { ...plain, numFmtId: 164, alignment: right },
  time: { ...plain, numFmtId: 165, alignment: 'horizontal="left"' },
  header: { ...header, alignment: 'vertical="center" wrapText="1"' },
  numberHeader: { ...header, alignment: `${right} vertical="center" wrapText="1"` },
  label: { ...bold, alignment: 'vertical="top"' },
  value: { ...plain, numFmtId: grouped, alignment: 'horizontal="left" vertical="top" wrapText="1"' },
  total: { ...total, numFmtId: grouped, alignment: right },
  totalLabel: { ...total, alignment: 'horizontal="left"' },
}

const cellXfs = Object.entries(cellFormats)
  .sort(([, a], [, b]) => a - b)
  .map(([name]) => formats[name as keyof typeof cellFormats])
  .map(
    ({ alignment, ...ids }) =>
      `<xf ${Object.entries(ids)
        .map(([id, value]) => `${id}="${value}"`)
        .join(
          ' ',
        )} xfId="0" applyNumberFormat="1" applyFont="1" applyFill="1" applyBorder="1" applyAlignment="1"><alignment ${alignment}/></xf>`,
  )

const line = (side: string) => `<${side} style="thin"><color rgb="FF808080"/></${side}>`
const sides = (top: string, bottom: string) => `<border><left/><right/>${top}${bottom}<diagonal/></border>`
const solid = (color: string) =>
  `<fill><patternFill patternType="solid"><fgColor rgb="${color}"/><bgColor indexed="64"/></patternFill></fill>`

const styles = [
  `${declaration}<styleSheet xmlns="${main}">`,
  '<numFmts count="2"><numFmt numFmtId="164" formatCode="0.0000"/><numFmt numFmtId="165" formatCode="yyyy\\-mm\\-dd\\ hh:mm:ss"/></numFmts>',
  '<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts>',
  `<fills count="3"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>${solid('FFF2F2F2')}</fills>`,
  `<borders count="3">${sides('<top/>', '<bottom/>')}${sides('<top/>', line('bottom'))}${sides(line('top'), '<bottom/>')}</borders>`,
  '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>',
  `<cellXfs count="${cellXfs.length}">${cellXfs.join('')}</cellXfs>`,
  '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>',
].join('')

/**
 * A sheet up to its first row: the header row stays in view, and a page is as wide as all columns.
 * @param widths in characters
 */
export const sheetStart = (widths: number[], hasHeader: boolean): string =>
  `${declaration}<worksheet xmlns="${main}"><sheetPr><pageSetUpPr fitToPage="1"/></sheetPr><sheetViews><sheetView workbookViewId="0">${
    hasHeader ? '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>' : ''
  }</sheetView></sheetViews><sheetFormatPr defaultRowHeight="15"/><cols>${widths
    .map((width, i) => `<col min="${i + 1}" max="${i + 1}" width="${width}" customWidth="1"/>`)
    .join('')}</cols><sheetData>`

/** @param filtered the range of the header and the rows, undefined without rows */
export const sheetEnd = (filtered?: string): string =>
  `</sheetData>${filtered ? `<autoFilter ref="${filtered}"/>` : ''}<pageSetup orientation="landscape" fitToHeight="0"/></worksheet>`
