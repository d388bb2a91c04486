// What the invented traffic looks like: who asks for what, when, and how large the answer is.

import { outsideReferrers, pathWords, userAgents } from './traffic-words.mjs'

/** @typedef {() => number} Random uniform unsigned 32-bit integers */
/**
 * @typedef {object} ObjectKind
 * @property {string} name
 * @property {number} weight share among a domain's objects
 * @property {number} medianBytes
 * @property {number} spread sigma of the log-normal size
 * @property {number} queryShare share of the objects whose address has a query
 * @property {number} hitShare share of requests answered from cache
 */
/** @typedef {{ path: string, query: string, sizeBytes: number, kind: ObjectKind }} SiteObject */
/** @typedef {{ name: string, objects: (SiteObject | undefined)[], referrers: string[] }} Site */

export const objectsPerDomain = 4000

/** @type {ObjectKind[]} */
const objectKinds = [
  { name: 'image', weight: 40, medianBytes: 28_000, spread: 1.0, queryShare: 0.1, hitShare: 0.96 },
  { name: 'script', weight: 19, medianBytes: 18_000, spread: 1.2, queryShare: 0.3, hitShare: 0.98 },
  { name: 'page', weight: 15, medianBytes: 9_000, spread: 0.8, queryShare: 0.2, hitShare: 0.7 },
  { name: 'api', weight: 9, medianBytes: 1_200, spread: 0.9, queryShare: 0.7, hitShare: 0.05 },
  { name: 'video', weight: 14, medianBytes: 600_000, spread: 0.6, queryShare: 0.05, hitShare: 0.93 },
  { name: 'download', weight: 3, medianBytes: 9_000_000, spread: 1.1, queryShare: 0.1, hitShare: 0.97 },
]

/**
 * mulberry32: small, fast, and the same everywhere.
 * @param {number} seed
 * @returns {Random}
 */
export function createRandom(seed) {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed
    return (mixed ^ (mixed >>> 14)) >>> 0
  }
}

/** @param {Random} random uniform in [0, 1) */
const fraction = (random) => random() / 2 ** 32

/**
 * @template Item
 * @param {Random} random
 * @param {readonly Item[]} items not empty
 * @returns {Item}
 */
export const pick = (random, items) => /** @type {Item} */ (items[random() % items.length])

/**
 * A factor with median 1: exp(spread × a standard normal value).
 * @param {Random} random
 * @param {number} spread
 */
export function logNormal(random, spread) {
  const radius = Math.sqrt(-2 * Math.log(1 - fraction(random)))
  return Math.exp(spread * radius * Math.cos(2 * Math.PI * fraction(random)))
}

/**
 * Indexes of `weights` laid out so that a uniformly drawn slot gives each index in proportion to its weight.
 * @param {number[]} weights
 * @param {number} slotCount a power of two
 */
export function weightedSlots(weights, slotCount) {
  const slots = new Uint16Array(slotCount)
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  let cumulative = 0
  let slot = 0
  weights.forEach((weight, index) => {
    cumulative += weight
    const end = Math.round((cumulative / total) * slotCount)
    slots.fill(index, slot, end)
    slot = end
  })
  return slots
}

/** @param {number} count @param {number} exponent */
export const zipfWeights = (count, exponent) => Array.from({ length: count }, (_, rank) => (rank + 1) ** -exponent)

const kindSlots = weightedSlots(
  objectKinds.map((kind) => kind.weight),
  1024,
)

/** @param {Random} random @param {number} digits */
const hex = (random, digits) => random().toString(16).padStart(8, '0').slice(0, digits)

/** @type {Record<string, (random: Random, word: string, rank: number) => string>} */
const pathMakers = {
  image: (random, word, rank) => `/img/${hex(random, 2)}/${word}-${rank}.${pick(random, ['jpg', 'png', 'webp'])}`,
  script: (random, word) => `/static/${word}.${hex(random, 8)}.${pick(random, ['js', 'css', 'woff2'])}`,
  page: (random, word, rank) => `/${word}/${pick(random, [`${rank}.html`, `${rank}`, `%E4%BA%A7%E5%93%81-${rank}`])}`,
  api: (random, word, rank) => `/api/v${1 + (random() % 2)}/${word}/${rank}`,
  video: (random, word, rank) => `/vod/${word}-${hex(random, 6)}/seg-${rank}.${pick(random, ['ts', 'm4s'])}`,
  download: (random, word, rank) => `/download/${word}-${random() % 9}.${rank}.${pick(random, ['zip', 'apk', 'dmg'])}`,
}

/** @param {Random} random @param {string} kindName */
function makeQuery(random, kindName) {
  if (kindName === 'api') return `page=${random() % 40}&size=${pick(random, [10, 20, 50])}`
  if (kindName === 'page') return `utm_source=${pick(random, pathWords)}&utm_campaign=${random() % 100}`
  return `v=${hex(random, 6)}`
}

/**
 * The object at a popularity rank of a site; the same for a seed whatever else was drawn before.
 * @param {number} seed
 * @param {number} siteIndex
 * @param {number} rank
 * @returns {SiteObject}
 */
export function makeObject(seed, siteIndex, rank) {
  const random = createRandom(Math.imul(seed, 0x9e3779b1) ^ Math.imul(siteIndex + 1, 0x85ebca6b) ^ (rank << 8))
  const drawnKind = objectKinds[kindSlots[random() & 1023] ?? 0]
  // Downloads are never among the most asked-for objects, or a single one would be half of a domain's flux.
  const kind = /** @type {ObjectKind} */ (drawnKind?.name === 'download' && rank < 200 ? objectKinds[0] : drawnKind)
  const path = /** @type {(typeof pathMakers)[string]} */ (pathMakers[kind.name])(random, pick(random, pathWords), rank)
  const query = fraction(random) < kind.queryShare ? makeQuery(random, kind.name) : ''
  const sizeBytes = Math.min(Math.ceil(kind.medianBytes * logNormal(random, kind.spread)), 200_000_000)
  return { path, query, sizeBytes, kind }
}

/** @param {Random} random @param {string} name @returns {Site} */
export function makeSite(random, name) {
  const own = Array.from({ length: 16 }, () => `https://${name}/${pick(random, pathWords)}/${random() % 500}.html`)
  const none = Array(18).fill('-')
  return {
    name,
    objects: Array(objectsPerDomain),
    referrers: [...none, `https://${name}/`, ...own, ...outsideReferrers],
  }
}

const firstOctets = [1, 14, 27, 36, 39, 42, 58, 59, 61, 81, 86, 91, 93, 101, 103, 110, 113, 116, 118, 121, 123, 125]
const ipv6Prefixes = ['2408:8207', '2409:8a28', '240e:3b7', '2001:db8', '2600:1700', '2a02:8108', '2401:4900']

/**
 * A client address with its user agent: `198.51.100.7` and `curl/8.0`.
 * @param {Random} random
 * @param {Uint16Array} agentSlots
 */
function makeClient(random, agentSlots) {
  const bits = random()
  const low = random()
  const ipv4 = `${pick(random, firstOctets)}.${bits & 255}.${(bits >>> 8) & 255}.${1 + ((bits >>> 16) % 254)}`
  const ipv6 = `${pick(random, ipv6Prefixes)}:${(low & 0xffff).toString(16)}::${(low >>> 16).toString(16)}`
  const userAgent = /** @type {string} */ (userAgents[agentSlots[random() & 4095] ?? 0])
  return { address: random() % 12 === 0 ? ipv6 : ipv4, userAgent }
}

/** @param {Random} random @param {number} count */
export function makeClients(random, count) {
  const agentSlots = weightedSlots(zipfWeights(userAgents.length, 0.7), 4096)
  return Array.from({ length: count }, () => makeClient(random, agentSlots))
}

/**
 * Relative load at a time of day: least before dawn, most at about half past eight in the evening.
 * @param {number} localHours 0 to 24
 */
export function dailyLoad(localHours) {
  const day = (2 * Math.PI * (localHours - 17.5)) / 24
  const halfDay = (4 * Math.PI * (localHours - 22)) / 24
  return 1 + 0.55 * Math.cos(day) + 0.25 * Math.cos(halfDay)
}

/**
 * How many of `lines` fall into each second, in order; the counts add up to exactly `lines`.
 * @param {{ lines: number, seed: number, startSecond: number, durationSeconds: number, utcOffsetMinutes: number }} plan
 * @returns {Generator<{ second: number, lines: number }>}
 */
export function* secondsWithLines({ lines, seed, startSecond, durationSeconds, utcOffsetMinutes }) {
  const offsetSeconds = utcOffsetMinutes * 60
  const weightOf = (/** @type {number} */ second, /** @type {Random} */ random) =>
    dailyLoad((((second + offsetSeconds) % 86_400) + 86_400) / 3600) * (0.4 + 1.2 * fraction(random))
  let totalWeight = 0
  const firstPass = createRandom(~seed)
  for (let index = 0; index < durationSeconds; index++) totalWeight += weightOf(startSecond + index, firstPass)
  const secondPass = createRandom(~seed)
  let weight = 0
  let written = 0
  for (let index = 0; index < durationSeconds; index++) {
    weight += weightOf(startSecond + index, secondPass)
    const due = index === durationSeconds - 1 ? lines : Math.floor((weight / totalWeight) * lines)
    if (due > written) yield { second: startSecond + index, lines: due - written }
    written = due
  }
}
