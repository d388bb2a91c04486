import { setMaxListeners } from 'node:events'
import { firstAccountId } from '../../accounts/accounts.ts'
import { bucketMemory } from './buckets/bucket-memory.ts'
import { type BucketDeps, openBucketPlace } from './buckets/bucket-place.ts'
import { openS3Bucket } from './buckets/s3-bucket.ts'
import { openDirectory } from './directories/directory-place.ts'
import type { LogPlace } from './files/log-place.ts'
import { type SourceLoopDeps, startSourceLoop, watchSource } from './source-loop.ts'
import type { SourceSettings } from './source-settings.ts'
import type { WatchedSource } from './watched-source.ts'

/** Every log source of a server. */
export type LogSources = {
  /** The sources' present state, in the order of the configuration. */
  watched: readonly WatchedSource[]
  /** Starts the looks, for the first account, which must exist by now. */
  start(deps: Omit<SourceLoopDeps, 'owner' | 'database' | 'accountId'>): Promise<void>
  stop(): Promise<void>
}

type SourceDeps = Pick<SourceLoopDeps, 'database' | 'owner'> & Omit<BucketDeps, 'bucket' | 'memory'>

/**
 * Opens the configured sources, without a look before `start`.
 * @throws ConfigError when a bucket's credentials are not where its settings say
 */
export async function openSources(deps: SourceDeps, settings: readonly SourceSettings[]): Promise<LogSources> {
  const watched = await Promise.all(settings.map(async (one) => watchSource(deps, one, await openPlace(deps, one))))
  const stopping = new AbortController()
  setMaxListeners(0, stopping.signal) // each source waits on the signal, and each object in progress
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

async function openPlace(deps: SourceDeps, settings: SourceSettings): Promise<LogPlace> {
  if (settings.kind === 'directory') return openDirectory(settings)
  const bucket = await openS3Bucket(settings, process.env)
  const memory = bucketMemory(deps.database, { owner: deps.owner, name: settings.name })
  return await openBucketPlace(settings, { ...deps, bucket, memory })
}
