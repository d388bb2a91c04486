import { clientHashSql } from '../../privacy/kept-sql.ts'

/** SQL of a request's client: a condition that it has one, and a value that two requests of one client share. */
export type ClientSql = { hasClient: string; client: string }

/** A request without an address has no client. */
export const wholeClients: ClientSql = { hasClient: `client_ip != toIPv6('::')`, client: 'client_ip' }

/**
 * If some addresses are truncated, their stored hash replaces them and whole addresses are hashed, so a client is
 * counted once however its requests were loaded. A truncated address may be ::.
 */
export const hashedClients: ClientSql = {
  hasClient: `(client_ip != toIPv6('::') OR client_hash != 0)`,
  client: `if(client_hash != 0, client_hash, ${clientHashSql})`,
}
