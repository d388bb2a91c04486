// Ways in which a log comes, and what was answered.
import { closeSync, openSync } from 'node:fs'
import { appendFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { run } from './program.mjs'

/**
 * @typedef {object} Answer
 * @property {'loaded' | 'already' | 'received' | 'none'} kind `none`: nothing was promised
 * @property {number} batchId
 * @property {string} text
 */

/** Delivers a log once, its own way. @returns {Promise<Answer>} */
export function deliver(world, log) {
  return log.way === 'push' ? push(world, log) : ingest(world, log, log.way === 'path' ? log.path : '-')
}

/** Delivers what the answer must be "already loaded" for: the same bytes, perhaps by another way or compressed. */
export async function deliverAgain(world, log, dice) {
  if (log.way === 'push') return await push(world, log)
  const variant = dice.pick(['same', 'stdin', 'gzip'])
  if (variant === 'same') return await deliver(world, log)
  if (variant === 'stdin') return await ingest(world, log, '-')
  const path = join(world.directory, `${log.name}-rotated.gz`)
  await writeFile(path, gzipSync(log.whole, { level: 1 }))
  return await ingest(world, log, path)
}

async function ingest(world, log, file) {
  const args = ['ingest', '--data-dir', world.dataDir, '--source', log.source, '--service-area', log.area]
  if (log.domain) args.push('--domain', log.domain)
  if (log.namesFormat) args.push('--format', log.format)
  const input = file === '-' ? openSync(log.path, 'r') : null
  try {
    const { code, text } = await run(
      process.execPath,
      [world.build.main, ...args, file],
      input === null ? {} : { input },
    )
    return answerOf(code, text)
  } finally {
    if (input !== null) closeSync(input)
  }
}

function answerOf(code, text) {
  const already = /already loaded, batch (\d+)/.exec(text)
  if (code === 0 && already) return { kind: 'already', batchId: Number(already[1]), text }
  const loaded = / batch (\d+): [\d,]+ requests/.exec(text)
  if (code === 0 && loaded) return { kind: 'loaded', batchId: Number(loaded[1]), text }
  return { kind: 'none', batchId: 0, text: text.trim() }
}

async function push(world, log) {
  try {
    const { status, json } = await world.api.push(log, log.seed % 2 === 0)
    if (status === 200 || status === 202) {
      return { kind: status === 200 ? 'loaded' : 'received', batchId: json.batch_id, text: json.state }
    }
    return { kind: 'none', batchId: 0, text: `${status} ${json.error_code} ${json.error_msg}` }
  } catch (error) {
    return { kind: 'none', batchId: 0, text: String(error.cause ?? error) }
  }
}

/** Delivers a log as its plan has it: a grown one twice, before and after it grew. What was promised is noted in it. */
export async function deliverAsPlanned(world, log) {
  if (log.grown) {
    const early = deliver(world, log)
    // A writer does not wait for a reader.
    if (log.grown.live) await delay(100 + (log.seed % 400))
    else await early
    await grow(log)
    await early
  }
  await note(log, await deliver(world, log))
}

/** The rest of a grown log is written, as its own server would. */
export async function grow(log) {
  if (!log.grown || log.grown.isWhole) return
  log.grown.isWhole = true
  await appendFile(log.path, log.bytes.subarray(log.earlyBytes.length))
}

/** Keeps the first promise that was made for the whole log. */
export function note(log, answer) {
  log.lastAnswer = answer.text
  if (answer.kind !== 'none') log.acknowledged ??= answer.batchId
}
