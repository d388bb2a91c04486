import { createHash } from 'node:crypto'
import type { DomainRow } from '../ports/database/ownership-rows.ts'

/** The contract's id of a domain, 32 hex digits: stable, and telling the name to nobody who does not have it. */
export const domainId = (name: string): string =>
  createHash('sha256').update(`domain ${name}`).digest('hex').slice(0, 32)

/** Columns of a new domain that its name alone decides. */
export const namedDomain = (name: string): Pick<DomainRow, 'name' | 'public_id'> => ({
  name,
  public_id: domainId(name),
})
