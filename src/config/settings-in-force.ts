/** Names and default of an option; its flag is `data-dir`, for instance. */
type Named = { flag: string; meaning: string; fallback: string | null }

/** A setting as this process runs with it, for an operator to look at. */
export type SettingInForce = {
  flag: string
  variable: string
  meaning: string
  /** The text as it was given; null: none was, or it is not shown. */
  value: string | null
  source: 'flag' | 'environment' | 'default'
  /** True for a value that is, or may hold, a secret: it is not kept here. */
  isHidden: boolean
}

export const environmentName = (flag: string): string => `FLUXPORT_${flag.toUpperCase().replaceAll('-', '_')}`

/** A flag's property name in the command line's parser: `dataDir`. */
const propertyName = (flag: string): string => flag.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())

/** Secrets, and addresses that may have a password in their user, path or query. */
const hiddenFlags: ReadonlySet<string> = new Set(['master-key', 'metrics-token', 'database-url', 'clickhouse-url'])

/**
 * The text of an option, from the flags first, then the environment, then the default. An empty text is none.
 * @param flags by property name, as the command line has them
 */
export function givenText(
  { flag, fallback }: Pick<Named, 'flag' | 'fallback'>,
  flags: Record<string, unknown>,
  environment: Record<string, string | undefined>,
): { text: string | null; source: SettingInForce['source'] } {
  const [byFlag, byVariable] = [flags[propertyName(flag)], environment[environmentName(flag)]]
  const given = byFlag ?? byVariable
  if (typeof given !== 'string' || given === '') return { text: fallback, source: 'default' }
  return { text: given, source: byFlag === undefined || byFlag === null ? 'environment' : 'flag' }
}

/** Every option with its value and the value's source. Secrets are left out here, so that no later step can show one. */
export const settingsInForce = (
  options: readonly Named[],
  flags: Record<string, unknown>,
  environment: Record<string, string | undefined>,
): readonly SettingInForce[] =>
  options.map(({ flag, meaning, fallback }) => {
    const { text, source } = givenText({ flag, fallback }, flags, environment)
    const isHidden = hiddenFlags.has(flag) || hasPassword(text)
    const shown = { value: isHidden ? null : text, source, isHidden: isHidden && source !== 'default' }
    return { flag, variable: environmentName(flag), meaning, ...shown }
  })

/** True for a URL with a user or a password in it. */
function hasPassword(text: string | null): boolean {
  if (text === null || !URL.canParse(text)) return false
  const { username, password } = new URL(text)
  return username !== '' || password !== ''
}
