import { expect, it } from 'vitest'
import { webhookHeaders, webhookSecretText } from './sign-webhook.ts'

it('signs as the reference libraries of Standard Webhooks check it', () => {
  const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64')
  expect(webhookSecretText(key)).toBe(secret)
  expect(webhookHeaders(key, 'msg_p5jXN8AQM9LWM0D4loKWxJek', 1614265330, '{"test": 2432232314}')).toMatchObject({
    'Webhook-Id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    'Webhook-Timestamp': '1614265330',
    'Webhook-Signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  })
})
