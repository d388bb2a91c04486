/** Wakes a loop that waits for work. A wake-up while the loop works is not lost. */
export type WakeSignal = {
  wake(): void
  /** Resolves at the next wake-up, at once if one came since the last wait, after `timeoutMs`, or on `stop`. */
  wait(timeoutMs: number, stop: AbortSignal): Promise<void>
}

export function createWakeSignal(): WakeSignal {
  let woken = false
  let resume: (() => void) | null = null
  return {
    wake: () => {
      woken = true
      resume?.()
    },
    wait: async (timeoutMs, stop) => {
      if (!woken && !stop.aborted) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, timeoutMs)
          resume = () => {
            clearTimeout(timer)
            resolve()
          }
          stop.addEventListener('abort', resume, { once: true })
        })
        if (resume) stop.removeEventListener('abort', resume)
        resume = null
      }
      woken = false
    },
  }
}
