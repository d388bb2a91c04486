import { ClickHouseError } from '@clickhouse/client'

/**
 * Secret values of a statement, sent as headers of the HTTP request. A bound value would become part of the statement's
 * text, which the server shows in its list of statements, its logs and its errors.
 */
export type Secrets = Readonly<Record<string, string>>

const headerOf = (name: string) => `X-Fluxport-${name}`

/**
 * SQL of a secret's text, a LowCardinality(String). The header's name is materialized, because the engine would turn a
 * constant name into a constant value and show it in errors. As a dictionary of one word it is read once a block.
 * @param name letters and hyphens, made by Fluxport
 */
export const secretSql = (name: string): string =>
  `getClientHTTPHeader(toLowCardinality(materialize('${headerOf(name)}')))`

/** The secrets as headers of a statement's HTTP request. */
export const secretHeaders = (secrets: Secrets | undefined): Record<string, string> =>
  Object.fromEntries(Object.entries(secrets ?? {}).map(([name, value]) => [headerOf(name), value]))

/** Without this setting a server shows a statement no header. */
export const secretSettings = (secrets: Secrets | undefined): Record<string, number> =>
  secrets ? { allow_get_client_http_header: 1 } : {}

/** Removes the secrets from an error, in case the server repeated one. */
export function withoutSecrets(error: unknown, secrets: Secrets | undefined): unknown {
  if (!(error instanceof ClickHouseError)) return error
  let message = error.message
  for (const value of Object.values(secrets ?? {})) message = message.replaceAll(value, '[HIDDEN]')
  return message === error.message ? error : new ClickHouseError({ message, code: error.code, type: error.type ?? '' })
}
