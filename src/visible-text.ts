/**
 * Characters that a terminal acts on or does not show: control characters with DEL and U+0080 to U+009F, which may
 * begin an escape sequence; marks that change the writing direction; line and paragraph separators; characters without
 * width; halves of surrogate pairs.
 */
const invisible = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Default_Ignorable_Code_Point}]/gu
/** As `invisible`, for JSON: its line ends between values stay. */
const invisibleInJson = /(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Default_Ignorable_Code_Point}]/gu

/** Spells a character as an escape: `\u009b`, or `\u{e0041}` beyond four digits. */
function spelled(character: string): string {
  const code = character.codePointAt(0) ?? 0
  return code > 0xffff ? `\\u{${code.toString(16)}}` : `\\u${code.toString(16).padStart(4, '0')}`
}

/** Spells a character as JSON does: two halves beyond four digits. */
const spelledInJson = (character: string): string => character.split('').map(spelled).join('')

/**
 * A text of one line, made harmless: its invisible characters are spelled out, such as `\u001b[2J` for a clear-screen.
 */
export const visibleText = (text: string): string => text.replace(invisible, spelled)

/** As `visibleText`, for the program's own lines: line ends and tabs stay. */
export const visibleLines = (text: string): string =>
  text.replace(invisible, (one) => ('\n\t'.includes(one) ? one : spelled(one)))

/** JSON of equal value, with every invisible character spelled out. */
export const visibleJson = (json: string): string => json.replace(invisibleInJson, spelledInJson)
