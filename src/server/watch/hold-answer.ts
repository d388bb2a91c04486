/** Of its time, making the answer may take one part in as many. */
const restParts = 20

type Making<T> = {
  make: () => Promise<T>
  /** True while the last answer says what a new one would. */
  isCurrent: (last: T) => Promise<boolean>
  /** Those who ask wait this long for a new answer before they take the last one, ms. */
  patienceMs: number
  nowMs?: () => number
}

/**
 * Makes an answer when somebody asks and the last one is no longer current: once for all who ask, and at most a twentieth
 * of the time, so that it costs no more however much there is to read. After a failure there is no last answer.
 */
export function holdAnswer<T>({ make, isCurrent, patienceMs, nowMs = Date.now }: Making<T>): () => Promise<T> {
  let last: { answer: Promise<T> } | null = null
  let running: Promise<T> | null = null
  let nextMs = 0
  const remake = async (): Promise<T> => {
    const startedMs = nowMs()
    const answer = make()
    try {
      return await answer
    } finally {
      last = { answer }
      nextMs = nowMs() + (nowMs() - startedMs) * restParts
      running = null
    }
  }
  const begin = (): Promise<T> => {
    running = remake()
    running.catch(() => undefined) // those who wait for it have the error
    return running
  }
  return async () => {
    if (running) return last ? await firstOf(running, last.answer, patienceMs) : await running
    if (!last) return await begin()
    const { answer } = last
    if (nowMs() < nextMs || (await isCurrentAnswer(answer, isCurrent))) return await answer
    return await firstOf(running ?? begin(), answer, patienceMs)
  }
}

/** A failure is never current. */
async function isCurrentAnswer<T>(answer: Promise<T>, isCurrent: (last: T) => Promise<boolean>): Promise<boolean> {
  const made = await answer.then(
    (value) => ({ value }),
    () => null,
  )
  return made !== null && (await isCurrent(made.value))
}

/** The new answer if it comes in time, else the last one. */
async function firstOf<T>(made: Promise<T>, last: Promise<T>, patienceMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const patience = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => resolve('late'), patienceMs)
  })
  try {
    const first = await Promise.race([made, patience])
    return first === 'late' ? await last : first
  } finally {
    clearTimeout(timer)
  }
}
