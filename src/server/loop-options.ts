import type { Config } from '../config/config.ts'
import { artifactRoom } from '../exports/tasks/artifact-room.ts'

/** What of the configuration the loop goes by. */
export const claimOptions = (config: Config) => ({
  concurrency: config.exportConcurrency,
  tasksRunningMax: config.tasksRunningMax,
  storedBytesMax: config.storedBytesMax,
  assertArtifactRoom: artifactRoom(config.artifactsDir, config.diskReserveBytes),
  lifetimes: { fileMs: config.fileLifetimeSeconds * 1000, taskMs: config.taskLifetimeSeconds * 1000 },
})
