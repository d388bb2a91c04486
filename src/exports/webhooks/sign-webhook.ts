import { createHmac } from 'node:crypto'

/**
 * Headers that prove the sender and time of a body by Standard Webhooks 1.0: HMAC-SHA256 over id, time and body. Its
 * libraries for many languages check them.
 * @param keys the account's, of 32 bytes each; during a rotation both sign, and a receiver accepts either
 * @param id the same at every attempt, so that a receiver can drop repetitions
 */
export function webhookHeaders(keys: Buffer | readonly Buffer[], id: string, timestampSeconds: number, body: string) {
  const signatures = (Buffer.isBuffer(keys) ? [keys] : keys).map((key) =>
    createHmac('sha256', key).update(`${id}.${timestampSeconds}.${body}`).digest('base64'),
  )
  return {
    'Content-Type': 'application/json',
    'User-Agent': 'Fluxport-Webhook/1',
    'Webhook-Id': id,
    'Webhook-Timestamp': String(timestampSeconds),
    'Webhook-Signature': signatures.map((signature) => `v1,${signature}`).join(' '),
  }
}

/** The key in the form that a receiver's library takes. */
export const webhookSecretText = (key: Buffer): string => `whsec_${key.toString('base64')}`
