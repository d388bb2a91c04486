import type { Settings } from '../config/settings.ts'
import { artifactRoom } from '../exports/tasks/artifact-room.ts'

/** Bounds of the bytes that loops store. */
export const storageOptions = (settings: Settings) => ({
  storedBytesMax: settings.storedBytesMax,
  // A bucket has no disk that could be full: its store refuses what it cannot take.
  assertArtifactRoom:
    settings.artifactsBucket === null
      ? artifactRoom(settings.artifactsDir, settings.diskReserveBytes)
      : async () => undefined,
})

/** The claim loop's part of the settings. */
export const claimOptions = (settings: Settings) => ({
  concurrency: settings.exportConcurrency,
  tasksRunningMax: settings.tasksRunningMax,
  ...storageOptions(settings),
  lifetimes: { fileMs: settings.fileLifetimeSeconds * 1000, taskMs: settings.taskLifetimeSeconds * 1000 },
})
