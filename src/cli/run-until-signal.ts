/** Longest duration of a stop before the process ends nevertheless. */
const stopTimeoutMs = 4_500

/**
 * Resolves once SIGTERM or SIGINT came and `stop` is done. It ends the process when that takes too long, or when
 * something still keeps it alive, for example a file that nobody reads.
 */
export async function runUntilSignal(stop: () => Promise<void>): Promise<void> {
  await new Promise<void>((resolve) => {
    process.once('SIGTERM', () => resolve())
    process.once('SIGINT', () => resolve())
  })
  let exitCode = 1
  const hard = setTimeout(() => process.exit(exitCode), stopTimeoutMs)
  await stop()
  exitCode = 0
  hard.unref()
}
