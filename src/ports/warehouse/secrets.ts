import { ClickHouseError } from '@clickhouse/client'

/**
 * Values that a statement reads and that stand nowhere else: a bound value becomes part of the statement's text, which the
 * server shows in its list of statements, its logs and its errors. These are headers of the HTTP request.
 */
export type Secrets = Readonly<Record<string, string>>

const headerOf = (name: string) => `X-Fluxport-${name}`

/**
 * SQL of a secret's text, a LowCardinality(String). The header's name is made to look like a column: of constants the engine
 * would make the value a constant, and name it in errors. As a dictionary of one word it is read once a block.
 * @param name letters and hyphens of ours
 */
export const secretSql = (name: string): string =>
  `getClientHTTPHeader(toLowCardinality(materialize('${headerOf(name)}')))`

/** What the HTTP request of a statement has beside. */
export const secretHeaders = (secrets: Secrets | undefined): Record<string, string> =>
  Object.fromEntries(Object.entries(secrets ?? {}).map(([name, value]) => [headerOf(name), value]))

/** The setting without which a server shows a statement no header. */
export const secretSettings = (secrets: Secrets | undefined): Record<string, number> =>
  secrets ? { allow_get_client_http_header: 1 } : {}

/** An error without the secrets, should the server have named one all the same. */
export function withoutSecrets(error: unknown, secrets: Secrets | undefined): unknown {
  if (!(error instanceof ClickHouseError)) return error
  let message = error.message
  for (const value of Object.values(secrets ?? {})) message = message.replaceAll(value, '[HIDDEN]')
  return message === error.message ? error : new ClickHouseError({ message, code: error.code, type: error.type ?? '' })
}
