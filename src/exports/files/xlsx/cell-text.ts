/** A cell holds this many UTF-16 units; Excel calls a file with a longer one damaged. */
export const cellLengthMax = 32_767
/** What a text that does not fit ends in. */
const cutMark = '…[cut]'

/**
 * What XML 1.0 cannot hold, and what Excel reads as an escape: `_x0041_` is its spelling of "A", and the `_` that ends it may
 * be the first of an escape of ours.
 */
const unwritable =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones that XML does not allow
  /[\u0000-\u0008\u000b-\u001f\ufffe\uffff\ud800-\udfff]|_(?=x[0-9A-Fa-f]{4}[_\u0000-\u0008\u000b-\u001f\ufffe\uffff])/gu
/** Hardly any text has one of these; most are searched by it alone, which is faster. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: as above
const maybeUnwritable = /[\u0000-\u0008\u000b-\u001f\ufffe\uffff\ud800-\udfff]|_x/
const markup = /[&<>]/

/**
 * A text as it stands in a cell's XML. Control characters are in Excel's own spelling (ECMA-376 part 1, 22.9.2.19), half a
 * surrogate pair is U+FFFD, and what is too long is cut and marked.
 * @returns the XML, and whether it was cut
 */
export function cellText(text: string): { xml: string; isCut: boolean } {
  const isCut = text.length > cellLengthMax
  return { xml: escaped(isCut ? cut(text) : text), isCut }
}

/** Never between the halves of a surrogate pair. */
function cut(text: string): string {
  const length = cellLengthMax - cutMark.length
  const last = text.charCodeAt(length - 1)
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? length - 1 : length) + cutMark
}

function escaped(text: string): string {
  const xml = maybeUnwritable.test(text) ? text.replace(unwritable, codeOf) : text
  return markup.test(xml) ? xml.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;') : xml
}

function codeOf(character: string): string {
  const code = character.charCodeAt(0)
  if (code >= 0xd800 && code <= 0xdfff) return '\ufffd'
  return `_x${code.toString(16).toUpperCase().padStart(4, '0')}_`
}

/** Blanks at the ends, and line ends, are dropped by a reader that is not told to keep them. */
export const keepsSpace = (text: string): boolean => text.trim() !== text || text.includes('\n')
