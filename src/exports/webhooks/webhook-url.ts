import { isIP } from 'node:net'
import { parameterError } from '../../errors.ts'
import { isLoopbackAddress, isPublicAddress } from './public-address.ts'

const lengthMax = 2_000

/**
 * Parses a webhook's address from a create. Its host is resolved and checked only when it is posted to.
 * @throws AppError CDN.0001 naming webhook_url
 */
export function parseWebhookUrl(text: string, allowPrivate: boolean): URL {
  const url = text.length <= lengthMax && URL.canParse(text) ? new URL(text) : null
  if (!url || (url.protocol !== 'https:' && url.protocol !== 'http:'))
    throw parameterError('webhook_url', `it is not an http or https URL of at most ${lengthMax} characters`)
  if (url.username !== '' || url.password !== '')
    throw parameterError('webhook_url', 'it has a user or a password; what is posted is signed instead')
  const host = url.hostname.replace(/^\[|\]$/g, '')
  if (/(^|\.)localhost\.?$/.test(host) || isLoopbackAddress(host))
    throw parameterError('webhook_url', `${host} is the server's own machine, where no webhook goes`)
  if (!allowPrivate && isIP(host) !== 0 && !isPublicAddress(host))
    throw parameterError('webhook_url', `${host} is not a public address (--webhook-allow-private would allow it)`)
  return url
}
