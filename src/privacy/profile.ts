/** The parts of a request that are kept as logged, for the whole server. The rest is dropped at loading. */
export type PrivacyProfile = Readonly<{ clientAddresses: ClientAddresses; queryStrings: QueryStrings }>

/** `truncated`: IPv4 to /24, IPv6 to /48; a keyed hash of the whole address stays, so that clients are counted exactly. */
export const clientAddressKinds = ['full', 'truncated'] as const
type ClientAddresses = (typeof clientAddressKinds)[number]

/** Applies to requests and referrers: all parameters, none, only those named, or all but those named. */
export type QueryStrings =
  | Readonly<{ kind: 'keep' | 'drop' }>
  | Readonly<{ kind: 'only' | 'without'; names: readonly string[] }>

/** Keeps everything as logged; the default of a server. */
export const asLogged: PrivacyProfile = { clientAddresses: 'full', queryStrings: { kind: 'keep' } }

/** True if the profile drops anything. */
export const dropsAnything = ({ clientAddresses, queryStrings }: PrivacyProfile): boolean =>
  clientAddresses !== 'full' || queryStrings.kind !== 'keep'

/** Text of the setting, in the option and in a batch's record. */
export const queryStringsText = (queryStrings: QueryStrings): string =>
  'names' in queryStrings ? `${queryStrings.kind}:${queryStrings.names.join(',')}` : queryStrings.kind

/**
 * Parses the option.
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
