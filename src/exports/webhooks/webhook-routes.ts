import { Type } from 'typebox'
import { actorOf } from '../../audit/audit-hook.ts'
import { recordEvent } from '../../audit/audit-log.ts'
import { type KeyRing, keysOf, readKeyRing, rotateKeyRing, webhookPurpose } from '../../auth/key-ring.ts'
import type { SecretBox } from '../../auth/secret-box.ts'
import { errorAnswers, Nullable, UnixMs } from '../../http/schemas.ts'
import { callerOf, type Routes } from '../../http/server.ts'
import type { Database } from '../../ports/database/database.ts'
import { webhookSecretText } from './sign-webhook.ts'

const url = '/api/v1/webhook-secret'
const tags = ['Webhooks']
const access = { roles: ['operator', 'account'] as const }
const overlapSecondsMax = 30 * 86_400

const Secret = Type.Object({
  secret: Type.String({ description: 'The present secret' }),
  previous_secret: Nullable(Type.String({ description: 'The secret before it, which signs as well' })),
  previous_until: Nullable(UnixMs('The old secret signs until then')),
})

const secretView = (ring: KeyRing) => {
  const isTwo = keysOf(ring, Date.now()).length > 1 && ring.previous !== null
  return {
    secret: webhookSecretText(ring.current),
    previous_secret: isTwo && ring.previous ? webhookSecretText(ring.previous.key) : null,
    previous_until: isTwo && ring.previous ? ring.previous.untilMs : null,
  }
}

type WebhookRouteDeps = { database: Database; box: SecretBox }

/** Routes for the secret by which a receiver checks webhooks. */
export function webhookRoutes(server: Routes, deps: WebhookRouteDeps): void {
  const schema = {
    operationId: 'showWebhookSecret',
    tags,
    summary: 'Shows the secret that signs the account’s webhooks (Standard Webhooks)',
    response: { 200: Secret, ...errorAnswers },
  }
  server.get(url, { config: { access }, schema }, async (request) => {
    const purpose = webhookPurpose(callerOf(request).accountId)
    return secretView(await readKeyRing(deps.database.queries, deps.box, purpose))
  })
  rotateRoute(server, deps)
}

function rotateRoute(server: Routes, { database, box }: WebhookRouteDeps) {
  const schema = {
    operationId: 'rotateWebhookSecret',
    tags,
    summary: 'Replaces the secret; both sign posts for an overlap, and a receiver accepts either',
    body: Type.Object({
      overlap_seconds: Type.Optional(
        Type.Integer({ minimum: 0, maximum: overlapSecondsMax, description: 'Default 86400; 0: the old one ends now' }),
      ),
    }),
    response: { 200: Secret, ...errorAnswers },
  }
  server.post(`${url}/rotate`, { config: { access, audit: 'own' }, schema }, async (request) => {
    const { accountId } = callerOf(request)
    const overlapMs = (request.body.overlap_seconds ?? 86_400) * 1000
    const ring = await database.write(async (tx) => {
      const rotated = await rotateKeyRing(tx, box, webhookPurpose(accountId), overlapMs)
      const event = {
        ...actorOf(request),
        action: 'webhook_secret.rotated',
        object: accountId,
        outcome: 'done',
      } as const
      await recordEvent(tx, { ...event, after: { overlap_seconds: overlapMs / 1000 } })
      return rotated
    })
    return secretView(ring)
  })
}
