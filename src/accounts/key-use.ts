import type { Routes } from '../http/server.ts'
import type { Logger } from '../logger.ts'
import type { Database } from '../ports/database/database.ts'

/** A key's last use is written at most once a minute, which is exact enough to find unused keys. */
const writtenEveryMs = 60_000

export type KeyUse = {
  /** Remembers a use. Only keys with a valid signature come here, so no stranger adds an entry. */
  used(accessKey: string): void
  /** Writes the remembered uses, except of keys that were written within the last minute. */
  flush(): Promise<void>
  stop(): Promise<void>
}

/** Records each key's last use. No request waits for the write; a killed process loses at most the unwritten uses. */
export function recordKeyUse(deps: { database: Database; nowMs: () => number; log: Logger }): KeyUse {
  const { database, nowMs, log } = deps
  let uses = new Map<string, number>()
  const flush = async () => {
    if (uses.size === 0) return
    const [taken] = [uses]
    uses = new Map()
    await database.write(async (tx) => {
      for (const [accessKey, usedMs] of taken) {
        await tx
          .updateTable('access_key')
          .set({ last_used_at_ms: usedMs })
          .where('access_key', '=', accessKey)
          .where((eb) =>
            eb.or([eb('last_used_at_ms', 'is', null), eb('last_used_at_ms', '<=', usedMs - writtenEveryMs)]),
          )
          .execute()
      }
    })
  }
  let last: Promise<void> = Promise.resolve()
  const write = () => flush().catch((error) => log.warn({ err: error }, 'keys.use_not_recorded'))
  const timer = setInterval(() => {
    last = write()
  }, writtenEveryMs)
  timer.unref()
  return {
    used: (accessKey) => void uses.set(accessKey, nowMs()),
    flush,
    stop: async () => {
      clearInterval(timer)
      await last
      await write()
    },
  }
}

/** Remembers the key of every request with a valid signature. */
export function observeKeyUse(server: Routes, keyUse: KeyUse): void {
  server.addHook('onResponse', async (request) => {
    if (request.caller) keyUse.used(request.caller.accessKey)
  })
}
