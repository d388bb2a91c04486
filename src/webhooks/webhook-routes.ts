import { Type } from 'typebox'
import type { SecretBox } from '../auth/secret-box.ts'
import { errorAnswers } from '../http/schemas.ts'
import { callerOf, type Routes } from '../http/server.ts'
import { webhookKey } from './delivery-loop.ts'
import { webhookSecretText } from './sign-webhook.ts'

/** How a receiver learns to check what it is sent. */
export function webhookRoutes(server: Routes, deps: { box: SecretBox }): void {
  server.get(
    '/api/v1/webhook-secret',
    {
      config: { access: { roles: ['operator', 'account'] as const } },
      schema: {
        operationId: 'showWebhookSecret',
        tags: ['Webhooks'],
        summary: 'What the account’s webhooks are signed with (Standard Webhooks)',
        response: { 200: Type.Object({ secret: Type.String() }), ...errorAnswers },
      },
    },
    async (request) => ({ secret: webhookSecretText(webhookKey(deps.box, callerOf(request).accountId)) }),
  )
}
