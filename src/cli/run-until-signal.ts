/** How long a stop may take before the process ends all the same. */
const stopTimeoutMs = 4_500

/** Resolves once SIGTERM or SIGINT came and `stop` is done; ends the process when that takes too long. */
export async function runUntilSignal(stop: () => Promise<void>): Promise<void> {
  await new Promise<void>((resolve) => {
    process.once('SIGTERM', () => resolve())
    process.once('SIGINT', () => resolve())
  })
  const hard = setTimeout(() => process.exit(1), stopTimeoutMs)
  await stop()
  clearTimeout(hard)
}
