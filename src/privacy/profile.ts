/** What of a request is kept as its log has it, for the whole server. What is dropped is dropped as the log is loaded. */
export type PrivacyProfile = Readonly<{ clientAddresses: ClientAddresses; queryStrings: QueryStrings }>

/** `truncated`: IPv4 to /24, IPv6 to /48; a keyed hash of the whole address stays, so that clients are counted exactly. */
export const clientAddressKinds = ['full', 'truncated'] as const
type ClientAddresses = (typeof clientAddressKinds)[number]

/** Of requests and referrers: all, none, only the parameters of these names, or those of other names. */
export type QueryStrings =
  | Readonly<{ kind: 'keep' | 'drop' }>
  | Readonly<{ kind: 'only' | 'without'; names: readonly string[] }>

/** Everything as logged: what a server does that is told nothing else. */
export const asLogged: PrivacyProfile = { clientAddresses: 'full', queryStrings: { kind: 'keep' } }

/** Whether anything is dropped. */
export const dropsAnything = ({ clientAddresses, queryStrings }: PrivacyProfile): boolean =>
  clientAddresses !== 'full' || queryStrings.kind !== 'keep'

/** How query strings are written: as the option has them, and as a batch remembers them. */
export const queryStringsText = (queryStrings: QueryStrings): string =>
  'names' in queryStrings ? `${queryStrings.kind}:${queryStrings.names.join(',')}` : queryStrings.kind

/**
 * Reads the option.
 * @returns null when it is none of keep, drop, only:NAME,… and without:NAME,…, or has an empty name
 */
export function parseQueryStrings(text: string): QueryStrings | null {
  if (text === 'keep' || text === 'drop') return { kind: text }
  const colon = text.indexOf(':')
  const kind = text.slice(0, Math.max(0, colon))
  if (kind !== 'only' && kind !== 'without') return null
  const names = text
    .slice(colon + 1)
    .split(',')
    .map((name) => name.trim())
  return names.includes('') ? null : { kind, names }
}

/**
 * The profile that the options state.
 * @param wrong makes the error that names an option
 */
export function privacyProfileOf(
  clientAddresses: ClientAddresses,
  queryText: string | null,
  wrong: (flag: string, problem: string) => Error,
): PrivacyProfile {
  const queryStrings = parseQueryStrings(queryText ?? '')
  if (queryStrings === null) throw wrong('query-strings', 'it is not keep, drop, only:NAME,… or without:NAME,…')
  return { clientAddresses, queryStrings }
}
