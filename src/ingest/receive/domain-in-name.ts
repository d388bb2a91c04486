import { parameterError } from '../../errors.ts'
import { domainPattern } from '../../statistics/domain-name.ts'

const place = '{domain}'
/** Each star multiplies the ways in which a name can fit: with two the search takes milliseconds. */
const starsMax = 2
/** The longest name of a file in most file systems. */
const nameCharactersMax = 255

/**
 * The domain in a file's name, by a pattern such as `{domain}-access.log*`: `*` is any text without a slash, and the
 * pattern fits the name or the end of its path. Null when the name does not fit, or holds no domain name there.
 * @throws AppError CDN.0001 when the pattern has not one `{domain}`, or too many stars
 */
export function domainInName(pattern: string, name: string): string | null {
  if (pattern.split(place).length !== 2)
    throw parameterError('domain_in_name', `it is not a pattern with one ${place}, as ${place}-access.log*`)
  if (pattern.split('*').length - 1 > starsMax)
    throw parameterError('domain_in_name', `it has more than ${starsMax} stars`)
  const [before = '', after = ''] = pattern.split(place).map(expressionOf)
  const expression = new RegExp(`(?:^|/)${before}([A-Za-z0-9_.-]+)${after}$`)
  const domain = expression.exec(name.slice(-nameCharactersMax))?.[1]?.toLowerCase() ?? null
  return domain !== null && domainPattern.test(domain) ? domain : null
}

const expressionOf = (text: string) => text.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '[^/]*')
