/** The words before a request in the logs of web servers, `[host ]client identity user [time] "`. */

/** A client: an address, with a port or a zone or neither. It has a point or colon, as no other word of a prefix has. */
const address = String.raw`\[?[0-9A-Fa-f]*[.:][0-9A-Fa-f.:]*(?:%\w+)?(?:\](?::\d+)?)?`
const addresses = `(?:${address}, ?)*${address}`
/** Addresses of proxies may precede the last one; a server may write names of clients instead. */
const clients = String.raw`(?:[^\s,]+, ?)*[^\s,]+`
/** A name with a point and a letter, as neither an address nor a user's name has it. */
const hostName = String.raw`(?=[^ ]*[A-Za-z])[\w-]+(?:\.[\w-]+)+(?::\d+)?`

/** SQL of the word after the client, whose list may be of several words. */
const secondWord = `before[length(splitByChar(' ', client)) + 1]`

/** Expressions of the words before `[time]`, and SQL of the host and the client among `before`, the words. */
const prefixes = {
  client: { words: `${clients} \\S+ \\S+ `, host: `''`, clientAt: 1, wordsAfter: 5 },
  hostClient: { words: `[^\\s,/|]+ ${addresses} \\S+ \\S+ `, host: 'before[1]', clientAt: 2, wordsAfter: 6 },
  clientHost: { words: `${addresses} ${hostName} \\S+ `, host: secondWord, clientAt: 1, wordsAfter: 5 },
  clientHostUser: { words: `${addresses} ${hostName} \\S+ \\S+ `, host: secondWord, clientAt: 1, wordsAfter: 6 },
} as const
export type LinePrefix = keyof typeof prefixes

/** Expression of a line's text up to its time; nothing precedes it. */
export const prefixPattern = (prefix: LinePrefix): string =>
  `^${prefixes[prefix].words}\\[\\d{2}\\/[A-Z][a-z]{2}\\/\\d{4}:[\\d:]{8} [+-]\\d{4}\\] "`

const clock = String.raw`\[\d{2}\/[A-Z][a-z]{2}\/\d{4}:[\d:]{8} [+-]\d{4}\] "`
/** As `address`, but no time of day, with which transports begin a line. */
const certainAddress = String.raw`(?:\d+\.\d+\.\d+\.\d+(?::\d+)?|(?!\d\d:\d\d:\d\d )[0-9A-Fa-f]*:[0-9A-Fa-f]*:[0-9A-Fa-f:.]*)`

/** As `prefixPattern`, for a user's name of several words behind an address and no identity. */
export const userPattern = (prefix: 'client' | 'hostClient'): string =>
  `^${prefix === 'client' ? '' : '[^\\s,/|]+ '}${certainAddress} - [^"]*${clock}`

/** Expression of an address's beginning, in SQL. */
const addressStart = String.raw`\\[?(?:\\d+\\.\\d+\\.\\d+\\.\\d+|[0-9A-Fa-f]*:[0-9A-Fa-f]*:)`
/** SQL of the words behind the host and the client. */
const userWords = `arrayStringConcat(arraySlice(before, length(splitByChar(' ', client)) + 2), ' ')`
const oneAddress = String.raw`NOT match(${userWords}, '\\d+\\.\\d+\\.\\d+\\.\\d+|(?:^| )${addressStart}')`
const oneTime = String.raw`countMatches(parts[1], '\\[\\d\\d/\\w{3}/') = 1`
const isName = (host: string) => `position(${host}, '.') > 0 AND match(${host}, '[A-Za-z]')`
const isAddress = (text: string) => `match(${text}, '^${addressStart}')`

/**
 * Slots of the statements: the host, the client, and whether the words are as many as they should be. A user's name may
 * hold blanks, behind an address; else more words are the prefix of a transport, of which none is the client. Where a
 * host is among the words, a second address or time is that of another line.
 */
export function prefixSlots(prefix: LinePrefix) {
  const { host, clientAt, wordsAfter } = prefixes[prefix]
  const first = clientAt === 1 ? '' : '\\\\S+ '
  const word = `before[${clientAt}]`
  const words = `length(before) - length(splitByChar(' ', client))`
  const ofMore = prefix === 'client' ? [] : [oneAddress, oneTime, ...(clientAt === 1 ? [isName(host)] : [])]
  return {
    host,
    client: `if(endsWith(${word}, ','), extract(parts[1], '^${first}((?:[^ ,]+, ?)+[^ ,]+) '), ${word})`,
    is_prefix:
      `(${words} = ${wordsAfter} OR ` +
      `${[`${words} > ${wordsAfter}`, `position(parts[1], ': ') = 0`, isAddress('client'), ...ofMore].join(' AND ')})`,
  }
}
