import { firstAccountId } from '../../accounts/accounts.ts'
import { openDirectory } from './directory-place.ts'
import { type SourceLoopDeps, startSourceLoop, type WatchedSource, watchSource } from './source-loop.ts'
import type { SourceSettings } from './source-settings.ts'

/** Every source of a server. */
export type LogSources = {
  /** As they are now, in the order of the configuration. */
  watched: readonly WatchedSource[]
  /** Begins to look, for the first account: there must be one by now. */
  start(deps: Omit<SourceLoopDeps, 'owner' | 'database' | 'accountId'>): Promise<void>
  stop(): Promise<void>
}

/** Opens the configured sources: nothing is looked at before `start`. */
export async function openSources(
  deps: Pick<SourceLoopDeps, 'database' | 'owner'>,
  settings: readonly SourceSettings[],
): Promise<LogSources> {
  const watched = await Promise.all(settings.map((one) => watchSource(deps, one, openDirectory(one))))
  const stopping = new AbortController()
  let running: Promise<unknown> = Promise.resolve()
  return {
    watched,
    start: async (more) => {
      const all = { ...deps, ...more, accountId: await firstAccountId(deps.database) }
      running = Promise.all(watched.map((source) => startSourceLoop(all, source, stopping.signal)))
    },
    stop: async () => {
      stopping.abort(new Error('shutting down'))
      await running
    },
  }
}
