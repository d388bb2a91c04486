const escapes: Record<string, string> = { '\b': 'b', '\f': 'f', '\n': 'n', '\r': 'r', '\t': 't', '\0': '0' }

/** A cell as the engine's TabSeparated has it; null is nothing. */
export const tabSeparatedCell = (value: string | number | null): string =>
  value === null
    ? '\\N'
    : String(value).replaceAll(/[\b\f\n\r\t\0'\\]/g, (character) => `\\${escapes[character] ?? character}`)

/** A row with its line end. */
export const tabSeparatedRow = (values: (string | number | null)[]): string =>
  `${values.map(tabSeparatedCell).join('\t')}\n`
