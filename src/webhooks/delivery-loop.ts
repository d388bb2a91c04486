import { setTimeout as delay } from 'node:timers/promises'
import { keysOf, readKeyRing, webhookPurpose } from '../auth/key-ring.ts'
import type { SecretBox } from '../auth/secret-box.ts'
import type { Database } from '../database/database.ts'
import type { ExportTaskRow } from '../database/schema.ts'
import type { Logger } from '../logger.ts'
import {
  type DeliveryAttempt,
  recordAttempt,
  type TakenDelivery,
  takeDelivery,
  wakeDeliveries,
} from './delivery-store.ts'
import { post } from './post.ts'
import { AddressRefused } from './public-address.ts'
import { webhookHeaders } from './sign-webhook.ts'

export type DeliveryDeps = {
  database: Database
  box: SecretBox
  log: Logger
  allowPrivate: boolean
  /** What is posted of a task. */
  payload: (task: ExportTaskRow) => object
}

const pollMs = 500
/** Posts on their way at once, in all and of one account: its slow receivers hold up no other's. */
const atOnce = 32
const atOncePerAccount = 4

/** Starts posting what has ended. Several processes may: each delivery is one's. */
export function startDeliveryLoop(deps: DeliveryDeps): { stop(): Promise<void> } {
  const stopping = new AbortController()
  const signal = stopping.signal
  /** Posts on their way, with whose they are. */
  const posting = new Map<Promise<void>, string>()
  const takeDue = async () => {
    await wakeDeliveries(deps.database)
    while (posting.size < atOnce && !signal.aborted) {
      const taken = await takeDelivery(deps.database, busy([...posting.values()]))
      if (!taken) return
      const work = deliver(deps, taken, signal)
        .catch((error) => deps.log.error({ err: error }, 'webhook.failed'))
        .finally(() => posting.delete(work))
      posting.set(work, taken.delivery.account_id)
    }
  }
  const running = (async () => {
    while (!signal.aborted) {
      await takeDue().catch((error) => deps.log.error({ err: error }, 'webhook.loop_failed'))
      await delay(pollMs, undefined, { signal }).catch(() => undefined)
    }
  })()
  return {
    stop: async () => {
      stopping.abort(new Error('shutting down'))
      await running
      await Promise.all(posting.keys())
    },
  }
}

const busy = (accountIds: string[]) =>
  accountIds.filter((id) => accountIds.filter((other) => other === id).length >= atOncePerAccount)

async function deliver(deps: DeliveryDeps, { delivery, task }: TakenDelivery, signal: AbortSignal): Promise<void> {
  const body = JSON.stringify(deps.payload(task))
  const at = Date.now()
  const id = `${task.id}-${delivery.first_at_ms}` // not the state's time: a file may expire between two attempts
  const ring = await readKeyRing(deps.database.queries, deps.box, webhookPurpose(task.account_id))
  const headers = webhookHeaders(keysOf(ring, at), id, Math.floor(at / 1000), body)
  const attempt: DeliveryAttempt = { at, status: null, error: null }
  let outcome: 'delivered' | 'again' | 'failed' = 'again'
  try {
    attempt.status = await post(new URL(delivery.url), body, { headers, allowPrivate: deps.allowPrivate, signal })
    attempt.error = problemOf(attempt.status)
    // 410: the receiver wants no more of it.
    outcome = attempt.error === null ? 'delivered' : attempt.status === 410 ? 'failed' : 'again'
  } catch (error) {
    attempt.error = error instanceof Error ? error.message : String(error)
    if (error instanceof AddressRefused) outcome = 'failed'
  }
  if (!signal.aborted) await recordAttempt(deps.database, delivery, attempt, outcome)
}

function problemOf(status: number): string | null {
  if (status >= 200 && status < 300) return null
  if (status >= 300 && status < 400) return `HTTP ${status}: redirects are not followed`
  return `HTTP ${status}`
}
