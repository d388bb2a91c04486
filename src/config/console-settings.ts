/** Settings of the web console. */
export type ConsoleConfig = {
  consoleOn: boolean
  /** Null: the program's own. */
  consoleName: string | null
  /** Path of a PNG, SVG or WebP; null: the program's own. */
  consoleLogo: string | null
}

export const consoleOptions: readonly { flag: string; value: string; meaning: string; fallback: string | null }[] = [
  {
    flag: 'console',
    value: 'ON',
    meaning: 'on: the web console is served at /; off: nothing of it is',
    fallback: 'on',
  },
  {
    flag: 'console-name',
    value: 'TEXT',
    meaning: 'The console’s name, at most 80 characters; without it, Fluxport',
    fallback: null,
  },
  {
    flag: 'console-logo',
    value: 'FILE',
    meaning: 'The console’s logo: PNG, SVG or WebP, at most 256 KiB; read at the start',
    fallback: null,
  },
]

type Readers = {
  text(flag: string): string | null
  path(flag: string): string | null
  oneOf<T extends string>(flag: string, allowed: readonly T[]): T
  wrong(flag: string, problem: string): Error
}

/** @throws the error of `wrong`, naming the option */
export function parseConsoleConfig({ text, path, oneOf, wrong }: Readers): ConsoleConfig {
  const consoleName = text('console-name')
  if (consoleName !== null && !/^[^\p{C}\p{Zl}\p{Zp}]{1,80}$/u.test(consoleName))
    throw wrong('console-name', 'it is not 1 to 80 visible characters')
  return { consoleOn: oneOf('console', ['on', 'off']) === 'on', consoleName, consoleLogo: path('console-logo') }
}
