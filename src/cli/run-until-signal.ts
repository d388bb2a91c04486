/** How long a stop may take before the process ends all the same. */
const stopTimeoutMs = 4_500

/**
 * Resolves once SIGTERM or SIGINT came and `stop` is done; ends the process when that takes too long, or when something is
 * left behind it, a file that is read for nobody, say.
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
