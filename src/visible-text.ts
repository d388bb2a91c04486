/**
 * What a terminal acts on instead of showing it, or shows as nothing: control characters with DEL and U+0080 to U+009F, which
 * may begin an escape sequence; what turns the writing direction; line and paragraph separators; what has no width; halves of
 * surrogate pairs.
 */
const invisible = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Default_Ignorable_Code_Point}]/gu
/** Of JSON, whose own line ends stand between its values. */
const invisibleInJson = /(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Default_Ignorable_Code_Point}]/gu

/** `\u009b`; `\u{e0041}` beyond four digits. */
function spelled(character: string): string {
  const code = character.codePointAt(0) ?? 0
  return code > 0xffff ? `\\u{${code.toString(16)}}` : `\\u${code.toString(16).padStart(4, '0')}`
}

/** As JSON spells it: two halves beyond four digits. */
const spelledInJson = (character: string): string => character.split('').map(spelled).join('')

/** A text of one line in which nothing is hidden and nothing is done: `\u001b[2J` for what would clear the screen. */
export const visibleText = (text: string): string => text.replace(invisible, spelled)

/** As above for the program's own lines: line ends and tabs stay. */
export const visibleLines = (text: string): string =>
  text.replace(invisible, (one) => ('\n\t'.includes(one) ? one : spelled(one)))

/** JSON that is equal in value, and in which nothing is hidden and nothing is done. */
export const visibleJson = (json: string): string => json.replace(invisibleInJson, spelledInJson)
