import { parameterError } from '../../errors.ts'
import { domainPattern } from '../../statistics/domain-name.ts'

const place = '{domain}'
/** More stars could make a name fit in very many ways. */
const starsMax = 3

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
  const text = pattern.replaceAll(/[.+?^$()|[\]\\]/g, '\\$&').replaceAll('*', '[^/]*')
  const expression = new RegExp(`(?:^|/)${text.replace(place, '([A-Za-z0-9_.-]+)')}$`)
  const domain = expression.exec(name)?.[1]?.toLowerCase() ?? null
  return domain !== null && domainPattern.test(domain) ? domain : null
}
