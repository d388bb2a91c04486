/** A cell holds at most this many UTF-16 units; Excel calls a file with a longer one damaged. */
export const cellLengthMax = 32_767
/** The end of a cut text. */
const cutMark = '…[cut]'

/**
 * Characters that XML 1.0 cannot hold, and text that Excel reads as an escape: `_x0041_` is its spelling of "A", and
 * the `_` that ends it may begin a further escape.
 */
const unwritable =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones that XML does not allow
  /[\u0000-\u0008\u000b-\u001f\ufffe\uffff\ud800-\udfff]|_(?=x[0-9A-Fa-f]{4}[_\u0000-\u0008\u000b-\u001f\ufffe\uffff])/gu
/** Few texts contain one of these, so most need only this faster search. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: as above
const maybeUnwritable = /[\u0000-\u0008\u000b-\u001f\ufffe\uffff\ud800-\udfff]|_x/
const markup = /[&<>]/

/**
 * A text as a cell's XML. Control characters have Excel's own spelling (ECMA-376 part 1, 22.9.2.19), half a surrogate
 * pair is U+FFFD, and a text that is too long is cut and marked.
 * @returns the XML, and whether it was cut
 */
export function cellText(text: string): { xml: string; isCut: boolean } {
  const isCut = text.length > cellLengthMax
  return { xml: escaped(isCut ? cut(text) : text), isCut }
}

/** Cuts a text, but never between the halves of a surrogate pair. */
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

/** Readers drop blanks at the ends, and line ends, unless told to keep them. */
export const keepsSpace = (text: string): boolean => text.trim() !== text || text.includes('\n')
