import { setTimeout as delay } from 'node:timers/promises'
import { keysOf, readKeyRing, webhookPurpose } from '../../auth/key-ring.ts'
import type { SecretBox } from '../../auth/secret-box.ts'
import type { Logger } from '../../logger.ts'
import { watchChanges } from '../../ports/database/change-watch.ts'
import type { Database } from '../../ports/database/database.ts'
import type { ExportTaskRow } from '../../ports/database/schema.ts'
import { isWithinShare } from '../../turns/shares.ts'
import { attemptErrorOf, attemptOfStatus } from './attempt-words.ts'
import {
  type DeliveryAttempt,
  nextPostAtMs,
  recordAttempt,
  type TakenDelivery,
  takeDelivery,
  wakeDeliveries,
} from './delivery-store.ts'
import { post } from './post.ts'
import { AddressRefused } from './public-address.ts'
import { webhookHeaders } from './sign-webhook.ts'

type DeliveryDeps = {
  database: Database
  box: SecretBox
  log: Logger
  allowPrivate: boolean
  /** Most concurrent posts, of all accounts. */
  atOnceMax: number
  /** The body of a task's post to an address. */
  payload: (task: ExportTaskRow, url: URL) => object
  /** Called after each attempt. */
  onAttempt: (outcome: AttemptOutcome) => void
}

/** `again`: another attempt follows, up to a day after the first. */
export const attemptOutcomes = ['delivered', 'again', 'failed'] as const
export type AttemptOutcome = (typeof attemptOutcomes)[number]

const pollMs = 500
/** Most concurrent posts of one account, if as many are free for others: slow receivers do not block others' posts. */
const perAccountMax = 4

/** Starts posting ends of tasks. Several processes may run it: each delivery belongs to one. */
export function startDeliveryLoop(deps: DeliveryDeps): { stop(): Promise<void> } {
  const stopping = new AbortController()
  const signal = stopping.signal
  /** Posts in progress, with their accounts. */
  const posting = new Map<Promise<void>, string>()
  const changes = watchChanges(deps.database)
  const takeDue = async () => {
    if (!changes.mustLook()) return
    const rest = changes.begin()
    await wakeDeliveries(deps.database)
    while (posting.size < deps.atOnceMax && !signal.aborted) {
      const taken = await takeDelivery(deps.database, busy([...posting.values()], deps.atOnceMax))
      if (!taken) return posting.size === 0 ? rest(await nextPostAtMs(deps.database)) : undefined
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

/** Accounts that have their share of the posts in progress. */
const busy = (accountIds: string[], max: number): string[] =>
  [...new Set(accountIds)].filter((id) => {
    const ofAccount = accountIds.filter((other) => other === id).length
    return !isWithinShare({ ofAccount, ofAll: accountIds.length }, 1, { max, perAccountMax })
  })

async function deliver(deps: DeliveryDeps, { delivery, task }: TakenDelivery, signal: AbortSignal): Promise<void> {
  const url = new URL(delivery.url)
  const body = JSON.stringify(deps.payload(task, url))
  const at = Date.now()
  const id = `${task.id}-${delivery.first_at_ms}` // not the time of the state: a file may expire between two attempts
  const ring = await readKeyRing(deps.database.queries, deps.box, webhookPurpose(task.account_id))
  const headers = webhookHeaders(keysOf(ring, at), id, Math.floor(at / 1000), body)
  const attempt: DeliveryAttempt = { at, status: null, error: null }
  let outcome: AttemptOutcome = 'again'
  try {
    const status = await post(url, body, { headers, allowPrivate: deps.allowPrivate, signal })
    Object.assign(attempt, attemptOfStatus(status))
    // 410: the receiver wants no further posts.
    outcome = attempt.error === null ? 'delivered' : status === 410 ? 'failed' : 'again'
    deps.log.debug({ taskId: task.id, status }, 'webhook.answered')
  } catch (error) {
    attempt.error = attemptErrorOf(error)
    if (error instanceof AddressRefused) outcome = 'failed'
    // Only the operator may see the exact name, port and error: a tenant could explore the network with them.
    if (!signal.aborted) deps.log.info({ taskId: task.id, err: error }, 'webhook.not_delivered')
  }
  if (signal.aborted) return
  await recordAttempt(deps.database, delivery, attempt, outcome)
  deps.onAttempt(outcome)
}
