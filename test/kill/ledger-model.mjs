// Which lines of which log count: a plain set for each log, and what each batch has brought.
import { gzipSync } from 'node:zlib'
import { parametersOf } from './api.mjs'
import { countLines, planLog, sumOfLogs, writeLog } from './logs.mjs'

/**
 * A log, delivered in copies that are its first lines.
 *
 * @typedef {object} Entry
 * @property {object} log null until it is written
 * @property {string[]} lines
 * @property {number} longest lines of the longest copy so far
 * @property {number[]} copies lines of each copy that was delivered
 * @property {Set<number>} counting which lines count
 * @property {Map<number, number[]>} batches lines that each loaded batch has brought
 * @property {boolean} isBusy one action at a time
 */

/**
 * @param directory where logs are made
 * @param renewGeo makes other geographic data the current ones
 */
export function createModel(directory, renewGeo) {
  /** @type {Entry[]} */
  const entries = []
  return {
    plan: (dice, kind) =>
      kind === 'relocate' ? relocateAll(dice, renewGeo) : planAction(directory, entries, dice, kind),
    /** Figures by domain and hour of all lines that count. */
    cells: () => sumOfLogs(entries.map((entry) => ({ totals: totalsOf(entry) }))),
    size: () => ({
      logs: entries.length,
      requests: entries.reduce((sum, entry) => sum + totalsOf(entry).requests, 0),
    }),
    /** @returns what differs of the batches that count and their lines, in words */
    compareBatches: (batches) => entries.flatMap((entry) => compareEntry(entry, batches)),
  }
}

/** Draws what an action does. */
function planAction(directory, entries, dice, kind) {
  const free = entries.filter((entry) => !entry.isBusy)
  const chosen = free.length === 0 ? null : dice.pick(free)
  if (kind === 'load' || chosen === null) return loadNew(directory, entries, dice)
  if (kind === 'forget' && chosen.batches.size > 0) return forgetOne(chosen, dice)
  if (kind === 'again') return deliverCopy(chosen, dice.pick(chosen.copies), dice)
  if (kind === 'reload') return deliverCopy(chosen, chosen.longest, dice)
  chosen.longest = Math.min(chosen.lines.length, chosen.longest + dice.integer(1, 900))
  return deliverCopy(chosen, chosen.longest, dice)
}

function loadNew(directory, entries, dice) {
  const entry = { log: null, lines: [], longest: 0, copies: [], counting: new Set(), batches: new Map(), isBusy: true }
  const drawn = { ...planLog(dice, `m${entries.length}`), way: 'push', grown: null, isGzip: false }
  const planned = { ...drawn, lines: 3_000, durationSeconds: Math.min(drawn.durationSeconds, 20_000) }
  const share = dice.fraction() ** 2
  entries.push(entry)
  const action = deliverCopy(entry, 0, dice)
  action.prepare = async () => {
    entry.log = await writeLog(planned, directory)
    entry.lines = entry.log.whole.toString('latin1').split('\n').slice(0, -1)
    entry.longest = 1 + Math.floor(share * (entry.lines.length - 1))
    action.length = entry.longest
  }
  return action
}

/** Delivers the first `length` lines of a log as a file: those that do not count yet do then. */
function deliverCopy(entry, length, dice) {
  entry.isBusy = true
  const isGzip = dice.chance(0.3)
  const action = {
    name: 'a delivery',
    length,
    isDone: false,
    run: async (api) => {
      const { log, lines } = entry
      const plain = Buffer.from(`${lines.slice(0, action.length).join('\n')}\n`, 'latin1')
      const query = { ...parametersOf(log), name: `${log.name}-${action.length}.log` }
      const body = isGzip ? gzipSync(plain, { level: 1 }) : plain
      const { status, json } = await api.call('POST', '/api/v1/log-batches', { body, query })
      // A cut copy that nobody remembers is refused, as it may count already: nothing of it counts by this.
      const isRefused = status === 409 && json.error_code === 'FLUXPORT.0101'
      if (status !== 200 && !isRefused) throw new Error(`${status} ${json.error_code} ${json.error_msg}`)
      if (!isRefused) await noteDelivery(api, entry, action.length, json)
      action.isDone = true
      entry.isBusy = false
    },
  }
  return action
}

async function noteDelivery(api, entry, length, answer) {
  const { counting, copies, log } = entry
  if (!copies.includes(length)) copies.push(length)
  const added = Array.from({ length }, (_, index) => index).filter((index) => !counting.has(index))
  // An earlier try whose answer was lost may have brought them.
  const unknown = loadedOf(entry, (await api.batches()).items).filter((batch) => !entry.batches.has(batch.batch_id))
  if (added.length === 0 && unknown.length === 0) return
  if (unknown.length !== 1) throw new Error(`${unknown.length} batches brought ${added.length} lines of ${log.name}`)
  if (answer.state === 'loaded' && answer.batch_id !== unknown[0].batch_id) throw new Error('loaded twice')
  entry.batches.set(unknown[0].batch_id, added)
  for (const index of added) counting.add(index)
}

/** Looks everything up again in other data: no line begins or ceases to count. */
function relocateAll(dice, renewGeo) {
  const action = {
    name: 'a relocation',
    isDone: false,
    run: async (api) => {
      await renewGeo(dice)
      const { status, json } = await api.call('POST', '/api/v1/relocations', { body: {} })
      if (status !== 200) throw new Error(`${status} ${json.error_code}`)
      let now = json
      while (['waiting', 'running'].includes(now.state))
        now = await api.get(`/api/v1/relocations/${json.relocation_id}`)
      if (now.state !== 'done' || now.batches_failed > 0) throw new Error(`the relocation is ${JSON.stringify(now)}`)
      action.moved = now.requests_moved
      action.isDone = true
    },
  }
  return action
}

function forgetOne(entry, dice) {
  entry.isBusy = true
  const batchId = dice.pick([...entry.batches.keys()])
  const action = {
    name: 'a forget',
    isDone: false,
    run: async (api) => {
      const { status, json } = await api.forget(batchId)
      // Not found: a try whose answer was lost has done it.
      if (status !== 200 && status !== 404) throw new Error(`${status} ${json.error_code}`)
      for (const index of entry.batches.get(batchId)) entry.counting.delete(index)
      entry.batches.delete(batchId)
      action.isDone = true
      entry.isBusy = false
    },
  }
  return action
}

const loadedOf = ({ log }, batches) => batches.filter((one) => one.source === log.source && one.state === 'loaded')

function compareEntry(entry, batches) {
  const loaded = loadedOf(entry, batches)
  const ids = new Set([...entry.batches.keys(), ...loaded.map((batch) => batch.batch_id)])
  return [...ids].flatMap((id) => {
    const lines = loaded.find((batch) => batch.batch_id === id)?.lines ?? 0
    const expected = entry.batches.get(id)?.length ?? 0
    return lines === expected ? [] : [`batch ${id} of ${entry.log.name} has ${lines} lines instead of ${expected}`]
  })
}

function totalsOf({ log, lines, counting }) {
  const some = lines.filter((_, index) => counting.has(index))
  return countLines(some, log.format, log.domain)
}
