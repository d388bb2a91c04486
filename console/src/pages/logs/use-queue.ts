import { useSyncExternalStore } from 'react'
import { answers } from '../../api/answers.ts'
import { type Batch, deliver, hasEnded, type LoadOptions, type Twice } from './delivery.ts'

/** A chosen file, and how far it is. */
export type Item = {
  key: string
  file: File
  step: 'chosen' | 'waiting' | 'sending' | 'reading' | 'ended'
  sentBytes: number
  /** The batch that the file became; null before the server has it. */
  batch: Batch | null
  error: Error | null
}

export type Queue = {
  items: readonly Item[]
  add(files: Iterable<File>): void
  /** Takes a file off the list; one that is being sent is not sent on. */
  remove(key: string): void
  /** Loads files one after the other, each after those that were asked for before. */
  load(keys: readonly string[], options: LoadOptions & Twice): void
}

const fresh = { sentBytes: 0, batch: null, error: null }

// The files outlive the page of logs: a long upload goes on while a person looks at others.
let items: readonly Item[] = []
let line = Promise.resolve()
const ends = new Map<string, AbortController>()
const listeners = new Set<() => void>()

function change(changed: readonly Item[]) {
  items = changed
  for (const listener of listeners) listener()
  const isOnItsWay = items.some(({ step }) => step === 'waiting' || step === 'sending')
  window.onbeforeunload = isOnItsWay ? (event) => event.preventDefault() : null
}

const changeOne = (key: string, part: Partial<Item>) =>
  change(items.map((item) => (item.key === key ? { ...item, ...part } : item)))

function remove(key: string) {
  ends.get(key)?.abort()
  change(items.filter((item) => item.key !== key))
}

async function run(key: string, options: LoadOptions & Twice) {
  const item = items.find((one) => one.key === key)
  const end = ends.get(key)
  if (!item || !end || end.signal.aborted) return
  changeOne(key, { step: 'sending' })
  const onSent = (sentBytes: number) => changeOne(key, { sentBytes })
  const onBatch = (batch: Batch) => changeOne(key, { batch, step: 'reading' })
  try {
    const batch = await deliver(item.file, options, { onSent, onBatch, signal: end.signal })
    changeOne(key, { batch, step: hasEnded(batch) ? 'ended' : 'reading' })
  } catch (error) {
    changeOne(key, { error: error as Error, step: 'ended' })
  }
  void answers.invalidateQueries()
}

const actions = {
  add: (files: Iterable<File>) => {
    const added = [...files].map((file): Item => ({ key: crypto.randomUUID(), file, step: 'chosen', ...fresh }))
    change([...items, ...added])
  },
  remove,
  load: (keys: readonly string[], options: LoadOptions & Twice) => {
    for (const key of keys) {
      ends.set(key, new AbortController())
      changeOne(key, { step: 'waiting', ...fresh })
      line = line.then(() => run(key, options))
    }
  },
}

// The files are of the person who chose them: they go with the session.
window.addEventListener('fluxport session', () => {
  for (const { key } of items) remove(key)
})

function listen(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** Files on their way to the server. */
export const useQueue = (): Queue => ({ items: useSyncExternalStore(listen, () => items), ...actions })
