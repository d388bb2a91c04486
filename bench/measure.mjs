// How everything is measured: a warm-up, then pairs run in turn, and the ratio of each pair. Never a bare time.
import { readdirSync, readFileSync } from 'node:fs'

/** Pairs counted after the warm-up. */
export const pairCount = 7

export const median = (values) => {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

/** The value below which a share of sorted values lies. */
export const quantile = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)]

/** Seconds of `work`. */
export async function seconds(work) {
  const startedAt = process.hrtime.bigint()
  await work()
  return Number(process.hrtime.bigint() - startedAt) / 1e9
}

/** Runs both in turn, A B A B …; answers the seconds of each. */
export async function pairs(a, b, count = pairCount) {
  await a()
  await b()
  const runs = []
  for (let i = 0; i < count; i++) runs.push([await seconds(a), await seconds(b)])
  return runs
}

const fixed = (value, digits = 2) => value.toFixed(digits)

/** `median (min … max)` of some figures. */
export const range = (values, digits = 2) =>
  `${fixed(median(values), digits)} (${fixed(Math.min(...values), digits)} … ${fixed(Math.max(...values), digits)})`

/**
 * Prints one row. A target is missed when the whole range is beyond it, and uncertain when it lies inside the range.
 * @param target { atMost } or { atLeast }
 */
export function report(name, values, target, note = '') {
  const beyond = (value) => ('atMost' in target ? value > target.atMost : value < target.atLeast)
  const missed = values.every(beyond)
  const verdict = missed ? 'MISSED' : beyond(median(values)) ? 'at its edge' : 'met'
  const wanted = 'atMost' in target ? `at most ${target.atMost}` : `at least ${target.atLeast}`
  console.log(`| ${name} | ${range(values)} | ${wanted} | ${verdict} | ${note} |`)
  return !missed
}

/** Anonymous memory of a process and all its descendants, bytes. */
export const anonymousBytes = (processId) =>
  treeOf(processId).reduce((sum, one) => sum + Number.parseInt(statusField(one, 'RssAnon') || '0', 10) * 1024, 0)

/** Linux counts processor time in hundredths of a second. */
const ticksPerSecond = 100

/**
 * Processor seconds of a process and all its descendants, ended ones too. On a busy machine they say more than the
 * clock.
 */
export const processorSeconds = (processId) =>
  treeOf(processId).reduce((sum, one) => sum + ticksOf(one), 0) / ticksPerSecond

/** Processor seconds of a process without its descendants that run. */
export const ownProcessorSeconds = (processId) => ticksOf(processId) / ticksPerSecond

/** Seconds of `work` by the clock, and of processors: of this process, and of all that it has started. */
export async function bothSeconds(work) {
  const before = processorSeconds(process.pid)
  const wall = await seconds(work)
  return { wall, processor: processorSeconds(process.pid) - before }
}

/** Waits until a process and its descendants do nothing but idle: under a tenth of a core. */
export async function untilQuiet(processId) {
  for (let before = processorSeconds(processId); ; ) {
    await new Promise((done) => setTimeout(done, 500))
    const now = processorSeconds(processId)
    if (now - before < 0.05) return
    before = now
  }
}

/** User and system time, its own and that of ended children. The command's name, in brackets, may hold blanks. */
function ticksOf(processId) {
  try {
    const fields = readFileSync(`/proc/${processId}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')
    return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0)
  } catch {
    return 0 // ended meanwhile; its parent has the time
  }
}

/** A process and all its descendants. */
function treeOf(processId) {
  const children = new Map()
  for (const entry of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    const parent = Number(statusField(entry, 'PPid'))
    children.set(parent, [...(children.get(parent) ?? []), Number(entry)])
  }
  const tree = [processId]
  for (let i = 0; i < tree.length; i++) tree.push(...(children.get(tree[i]) ?? []))
  return tree
}

function statusField(processId, name) {
  try {
    return new RegExp(`^${name}:\\s*(\\d+)`, 'm').exec(readFileSync(`/proc/${processId}/status`, 'utf8'))?.[1] ?? ''
  } catch {
    return '' // ended meanwhile
  }
}

/** The peak of `anonymousBytes` while `work` runs, looked at every 10 ms. */
export async function peakAnonymousBytes(processId, work) {
  let peak = 0
  const timer = setInterval(() => {
    peak = Math.max(peak, anonymousBytes(processId))
  }, 10)
  try {
    await work()
  } finally {
    clearInterval(timer)
  }
  return peak
}
