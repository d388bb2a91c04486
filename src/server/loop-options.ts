import type { Settings } from '../config/settings.ts'
import { artifactRoom } from '../exports/tasks/artifact-room.ts'

/** What of the configuration the loop goes by. */
export const claimOptions = (settings: Settings) => ({
  concurrency: settings.exportConcurrency,
  tasksRunningMax: settings.tasksRunningMax,
  storedBytesMax: settings.storedBytesMax,
  assertArtifactRoom: artifactRoom(settings.artifactsDir, settings.diskReserveBytes),
  lifetimes: { fileMs: settings.fileLifetimeSeconds * 1000, taskMs: settings.taskLifetimeSeconds * 1000 },
})
