import { parameterError, quoted } from '../errors.ts'
import { listOf } from './list-parameter.ts'

/** A caller names at most this many domains in one request; `all` is not limited. */
export const domainNamesMax = 10_000

/** A host name of at most 253 characters, no label of it empty; the same rule rejects a log line's domain. */
export const domainPattern = /^(?!.*\.\.)[a-z0-9_]([a-z0-9_.-]{0,251}[a-z0-9_])?$/

/**
 * The domains that a parameter `domain_name` names, in lower case, sorted, without duplicates; null for all.
 * @throws AppError CDN.0001
 */
export function namedDomains(value: string | undefined): string[] | null {
  if (!value) return null
  const names = listOf('domain_name', value, domainNamesMax)
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '')
  if (names.length === 0) throw parameterError('domain_name', `${quoted(value)} names no domain; all names every one`)
  if (names.length === 1 && names[0] === 'all') return null
  const wrong = names.find((name) => name === 'all' || !domainPattern.test(name))
  if (wrong === 'all') throw parameterError('domain_name', 'all stands alone, without other names')
  if (wrong !== undefined) throw parameterError('domain_name', `${quoted(wrong)} is not a domain name`)
  return [...new Set(names)].sort()
}
