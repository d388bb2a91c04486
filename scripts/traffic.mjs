// Writes invented access logs: the same seed gives the same bytes. Also a command:
//   node scripts/traffic.mjs --format huawei_offline --lines 1000 --seed 1 --out FILE

import { createWriteStream } from 'node:fs'
import { resolve } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { createGzip } from 'node:zlib'
import * as model from './traffic-model.mjs'
import { demoDomains } from './traffic-words.mjs'

export { demoDomains }

/** @typedef {'huawei_offline' | 'combined_vhost' | 'combined'} TrafficFormat */
/**
 * One request; the same object is filled anew for every line.
 * @typedef {object} TrafficRequest
 * @property {string} timeText
 * @property {{ address: string, userAgent: string }} client
 * @property {model.Site} site
 * @property {model.SiteObject} object
 * @property {string} method
 * @property {number} status
 * @property {number} bodyBytes
 * @property {boolean} hit
 * @property {string} range
 */
/** @typedef {(request: TrafficRequest, random: model.Random) => string} LineWriter */
/**
 * @typedef {object} TrafficOptions
 * @property {string} path compressed with gzip when it ends with `.gz`
 * @property {TrafficFormat} format
 * @property {number} lines
 * @property {number} [seed]
 * @property {readonly string[]} [domains] the most visited first
 * @property {number} [startTimeMs]
 * @property {number} [durationSeconds]
 * @property {number} [utcOffsetMinutes] of the times as written, and of the daily curve
 * @property {(progress: { linesWritten: number, lines: number }) => void} [onProgress] about once a megabyte
 */

const chunkCharacters = 1 << 20
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const protocols = ['HTTP/1.1', 'HTTP/1.1', 'HTTP/1.1', 'HTTP/2.0', 'HTTP/2.0', 'HTTP/2.0', 'HTTP/3.0', 'HTTP/1.0']
const ports = [':443', ':443', ':443', ':443', ':443', ':443', ':80', '']

/** Status and its weight among requests; 206 is drawn apart, for large objects only. */
const statusWeights = [
  [200, 8800],
  [304, 550],
  [404, 230],
  [301, 120],
  [403, 110],
  [302, 80],
  [499, 40],
  [502, 30],
  [500, 20],
  [504, 15],
  [400, 5],
]
const statusSlots = model.weightedSlots(
  statusWeights.map(([, weight]) => weight ?? 0),
  8192,
)

/** @param {number} number */
const twoDigits = (number) => String(number).padStart(2, '0')

/**
 * Text such as `[01/Sep/2026:08:00:01 +0800]`; everything but the seconds is kept for the minute.
 * @param {number} utcOffsetMinutes
 */
function createTimeWriter(utcOffsetMinutes) {
  const offset = Math.abs(utcOffsetMinutes)
  const suffix = ` ${utcOffsetMinutes < 0 ? '-' : '+'}${twoDigits(Math.floor(offset / 60))}${twoDigits(offset % 60)}]`
  let currentMinute = Number.NaN
  let prefix = ''
  return (/** @type {number} */ second) => {
    const minute = Math.floor(second / 60)
    if (minute !== currentMinute) {
      const local = new Date((minute + utcOffsetMinutes) * 60_000)
      const day = `${twoDigits(local.getUTCDate())}/${months[local.getUTCMonth()]}/${local.getUTCFullYear()}`
      prefix = `[${day}:${twoDigits(local.getUTCHours())}:${twoDigits(local.getUTCMinutes())}:`
      currentMinute = minute
    }
    return prefix + twoDigits(second - minute * 60) + suffix
  }
}

/**
 * Status, size, method, range and cache result of a request whose object is chosen.
 * @param {TrafficRequest} request
 * @param {model.Random} random
 */
function drawAnswer(request, random) {
  const { kind, sizeBytes } = request.object
  const bits = random()
  request.method = kind.name === 'api' && (bits & 7) === 0 ? 'POST' : (bits & 63) === 1 ? 'HEAD' : 'GET'
  request.status = statusWeights[statusSlots[random() & 8191] ?? 0]?.[0] ?? 200
  request.hit = request.status < 400 && request.method !== 'POST' && (bits >>> 8) / 2 ** 24 < kind.hitShare
  request.range = '-'
  request.bodyBytes = sizeBytes
  const isLarge = kind.name === 'video' || kind.name === 'download'
  if (request.status === 200 && isLarge && (bits & 192) === 0 && request.method === 'GET') {
    const firstByte = random() % sizeBytes
    const lastByte = Math.min(firstByte + (1 << 20) - 1, sizeBytes - 1)
    request.status = 206
    request.range = `bytes=${firstByte}-${lastByte}`
    request.bodyBytes = lastByte - firstByte + 1
  } else if (request.method === 'HEAD' || request.status === 304) request.bodyBytes = 0
  else if (request.status === 499) request.bodyBytes = random() % sizeBytes
  else if (request.status !== 200) request.bodyBytes = 140 + (random() & 511)
}

/** @param {model.SiteObject} object */
const targetOf = (object) => (object.query === '' ? object.path : `${object.path}?${object.query}`)

/** @type {(serverAddresses: string[], waitsMs: number[]) => LineWriter} */
const createHuaweiWriter = (serverAddresses, waitsMs) => (request, random) => {
  const bits = random()
  const { client, site, object } = request
  const waitMs = (waitsMs[bits & 1023] ?? 1) * (request.hit ? 1 : 6)
  return (
    `${request.timeText} ${client.address} ${waitMs} "${model.pick(random, site.referrers)}" ` +
    `"${protocols[(bits >>> 10) & 7]}" "${request.method}" "${site.name}" "${object.path}" ${request.status} ` +
    `${request.bodyBytes} ${request.hit ? 'HIT' : 'MISS'} "${client.userAgent}" "${request.range}" ` +
    `${serverAddresses[(bits >>> 13) & 31]}\n`
  )
}

/** @type {LineWriter} body bytes only, and `-` for none, as Apache's `%b` has it */
const writeCombinedLine = (request, random) =>
  `${request.client.address} - - ${request.timeText} "${request.method} ${targetOf(request.object)} ` +
  `${protocols[random() & 7]}" ${request.status} ${request.bodyBytes || '-'} ` +
  `"${model.pick(random, request.site.referrers)}" "${request.client.userAgent}"\n`

/** @type {LineWriter} bytes with headers, as Apache's `%O` has it */
const writeCombinedVhostLine = (request, random) => {
  const bits = random()
  return (
    `${request.site.name}${ports[bits & 7]} ${request.client.address} - - ${request.timeText} "${request.method} ` +
    `${targetOf(request.object)} ${protocols[(bits >>> 3) & 7]}" ${request.status} ` +
    `${request.bodyBytes + 240 + ((bits >>> 6) & 127)} "${model.pick(random, request.site.referrers)}" ` +
    `"${request.client.userAgent}"\n`
  )
}

/** @param {TrafficFormat} format @param {model.Random} random @returns {LineWriter} */
function createLineWriter(format, random) {
  if (format === 'combined') return writeCombinedLine
  if (format === 'combined_vhost') return writeCombinedVhostLine
  if (format !== 'huawei_offline') throw new RangeError(`Unknown log format: ${format}`)
  const serverAddresses = Array.from({ length: 32 }, (_, index) => `203.0.113.${index + 1}`)
  const waitsMs = Array.from({ length: 1024 }, () => Math.ceil(18 * model.logNormal(random, 1)))
  return createHuaweiWriter(serverAddresses, waitsMs)
}

/**
 * Fills a request with who asks and for what.
 * @param {Required<Pick<TrafficOptions, 'lines' | 'seed' | 'domains'>>} options
 * @param {model.Random} random
 * @returns {(request: TrafficRequest) => void}
 */
function createRequestDrawer({ lines, seed, domains }, random) {
  const sites = domains.map((name) => model.makeSite(random, name))
  const clients = model.makeClients(random, Math.min(40_000, 100 + Math.floor(lines / 8)))
  const siteSlots = model.weightedSlots(model.zipfWeights(sites.length, 0.9), 1 << 18)
  const clientSlots = model.weightedSlots(model.zipfWeights(clients.length, 0.6), 1 << 18)
  const objectSlots = model.weightedSlots(model.zipfWeights(model.objectsPerDomain, 0.95), 1 << 18)
  const slotMask = (1 << 18) - 1
  return (request) => {
    const siteIndex = siteSlots[random() & slotMask] ?? 0
    const rank = objectSlots[random() & slotMask] ?? 0
    request.site = sites[siteIndex] ?? request.site
    request.client = clients[clientSlots[random() & slotMask] ?? 0] ?? request.client
    request.object = request.site.objects[rank] ??= model.makeObject(seed, siteIndex, rank)
    drawAnswer(request, random)
  }
}

/**
 * The log as buffers of about a megabyte.
 * @param {Required<Omit<TrafficOptions, 'path' | 'onProgress'>> & Pick<TrafficOptions, 'onProgress'>} options
 */
function* logChunks({ format, lines, seed, domains, startTimeMs, durationSeconds, utcOffsetMinutes, onProgress }) {
  const random = model.createRandom(seed)
  const writeLine = createLineWriter(format, random)
  const drawRequest = createRequestDrawer({ lines, seed, domains }, random)
  const writeTime = createTimeWriter(utcOffsetMinutes)
  const request = /** @type {TrafficRequest} */ ({})
  const plan = { lines, seed, startSecond: Math.floor(startTimeMs / 1000), durationSeconds, utcOffsetMinutes }
  let chunk = ''
  let linesWritten = 0
  for (const slice of model.secondsWithLines(plan)) {
    request.timeText = writeTime(slice.second)
    for (let index = 0; index < slice.lines; index++) {
      drawRequest(request)
      chunk += writeLine(request, random)
      linesWritten++
      if (chunk.length >= chunkCharacters) {
        yield Buffer.from(chunk, 'latin1')
        chunk = ''
        onProgress?.({ linesWritten, lines })
      }
    }
  }
  if (chunk !== '') yield Buffer.from(chunk, 'latin1')
  onProgress?.({ linesWritten, lines })
}

/**
 * @param {number} value
 * @param {string} name
 * @param {number} minimum
 */
function requireInteger(value, name, minimum) {
  if (!Number.isSafeInteger(value) || value < minimum) {
    throw new RangeError(`${name} must be a whole number of at least ${minimum}, not ${value}`)
  }
}

/**
 * Writes exactly `lines` log lines, in order of time, from `startTimeMs` on for `durationSeconds`.
 * @param {TrafficOptions} options
 * @returns {Promise<void>}
 */
export async function writeTraffic({
  path,
  format,
  lines,
  seed = 1,
  domains = demoDomains,
  startTimeMs = Date.UTC(2026, 7, 31, 16),
  durationSeconds = 86_400,
  utcOffsetMinutes = 480,
  onProgress,
}) {
  requireInteger(lines, 'lines', 0)
  requireInteger(seed, 'seed', 0)
  requireInteger(startTimeMs, 'startTimeMs', 0)
  requireInteger(durationSeconds, 'durationSeconds', 1)
  requireInteger(utcOffsetMinutes, 'utcOffsetMinutes', -840)
  if (domains.length === 0) throw new RangeError('domains must not be empty')
  const options = { format, lines, seed, domains, startTimeMs, durationSeconds, utcOffsetMinutes }
  const source = Readable.from(logChunks({ ...options, ...(onProgress && { onProgress }) }), { highWaterMark: 2 })
  const file = createWriteStream(path)
  await (path.endsWith('.gz') ? pipeline(source, createGzip({ level: 1 }), file) : pipeline(source, file))
}

/** @param {number} count the demo domains, then `site-21.example.test` and so on */
const nameDomains = (count) =>
  Array.from({ length: count }, (_, index) => demoDomains[index] ?? `site-${index + 1}.example.test`)

async function runCommand() {
  const { values } = parseArgs({
    options: {
      format: { type: 'string', default: 'huawei_offline' },
      lines: { type: 'string', default: '1000' },
      seed: { type: 'string', default: '1' },
      out: { type: 'string' },
      start: { type: 'string', default: '2026-09-01T00:00:00+08:00' },
      'duration-seconds': { type: 'string', default: '86400' },
      domains: { type: 'string', default: String(demoDomains.length) },
    },
  })
  if (values.out === undefined) throw new TypeError('--out FILE is missing')
  await writeTraffic({
    path: values.out,
    format: /** @type {TrafficFormat} */ (values.format),
    lines: Number(values.lines),
    seed: Number(values.seed),
    startTimeMs: Date.parse(values.start),
    durationSeconds: Number(values['duration-seconds']),
    domains: nameDomains(Number(values.domains)),
  })
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) await runCommand()
