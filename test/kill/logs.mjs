// Small logs, and what is in them, counted line by line: no code in common with the product.
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { demoDomains, writeTraffic } from '../../scripts/traffic.mjs'

/** Every log lies within these days, whatever the clock says. */
export const range = {
  startTimeMs: Date.parse('2025-03-01T00:00:00+08:00'),
  endTimeMs: Date.parse('2025-05-28T00:00:00+08:00'),
}
const domains = demoDomains.slice(0, 12)
const formats = ['huawei_offline', 'combined_vhost', 'combined']
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** What is counted of a domain's hour, in this order. */
export const figures = ['requests', 'flux', 'hits', '2xx', '3xx', '4xx', '5xx']

/** Draws what a log will be; nothing is written yet. */
export function planLog(dice, name) {
  const format = dice.pick(formats)
  const way = dice.pick(['path', 'path', 'stdin', 'push'])
  const isGrown = way === 'path' && dice.chance(0.35)
  return {
    name,
    format,
    way,
    seed: dice.integer(1, 2 ** 30),
    lines: 2_000 + Math.floor(58_000 * dice.fraction() ** 3),
    startTimeMs: range.startTimeMs + dice.integer(0, 80 * 24) * 3_600_000,
    durationSeconds: Math.ceil(3_600 * (1 + 71 * dice.fraction() ** 2)),
    domains: Array.from({ length: format === 'combined' ? 1 : dice.integer(1, 5) }, () => dice.pick(domains)),
    area: dice.pick(['mainland_china', 'outside_mainland_china']),
    isGzip: !isGrown && dice.chance(0.3),
    namesFormat: dice.chance(0.3),
    rubbishLines: dice.chance(0.35) ? dice.integer(1, 4) : 0,
    // A grown log is delivered when so much of it is written, perhaps half a line more, and again when it is whole.
    grown: isGrown ? { share: 0.1 + 0.8 * dice.fraction(), midLine: dice.chance(0.4), live: dice.chance(0.3) } : null,
    startsAfterMs: dice.integer(0, 250),
    isTwice: dice.chance(0.25),
  }
}

/** The same plan with every domain, in a format whose lines name theirs. */
export const widened = (plan) =>
  plan.format === 'combined' ? { ...plan, format: 'combined_vhost', domains } : { ...plan, domains }

/** Writes a planned log and counts it. `totals` are of all of it, `early` of what a grown one is delivered with first. */
export async function writeLog(plan, directory) {
  const rawPath = join(directory, `${plan.name}.raw`)
  await writeTraffic({ ...plan, path: rawPath, domains: [...new Set(plan.domains)] })
  const lines = (await readFile(rawPath, 'latin1')).split('\n').slice(0, -1)
  await rm(rawPath)
  for (let index = 0; index < plan.rubbishLines; index++) {
    lines.splice(((plan.seed * (index + 1)) % lines.length) + 1, 0, `rubbish ${plan.seed}, line ${index}`)
  }
  const domain = plan.format === 'combined' ? plan.domains[0] : null
  const cut = plan.grown ? Math.max(1, Math.floor(lines.length * plan.grown.share)) : 0
  const text = (some) => Buffer.from(some.map((line) => `${line}\n`).join(''), 'latin1')
  const whole = text(lines)
  const half = plan.grown?.midLine ? Buffer.from((lines[cut] ?? '').slice(0, 12), 'latin1') : Buffer.alloc(0)
  const log = {
    ...plan,
    domain,
    path: join(directory, `${plan.name}.log${plan.isGzip ? '.gz' : ''}`),
    source: plan.name,
    key: `key-${plan.name}`,
    bytes: plan.isGzip ? gzipSync(whole, { level: 1 }) : whole,
    whole,
    earlyBytes: plan.grown ? Buffer.concat([text(lines.slice(0, cut)), half]) : null,
    totals: countLines(lines, plan.format, domain),
    early: plan.grown ? countLines(lines.slice(0, cut), plan.format, domain) : null,
    /** Whether it should count; the batch that was answered for it. */
    counts: true,
    acknowledged: null,
  }
  await writeFile(log.path, log.earlyBytes ?? log.bytes)
  return log
}

/** @returns {{ cells: Map<string, number[]>, requests: number, flux: number, rejected: number }} */
export function countLines(lines, format, defaultDomain) {
  const cells = new Map()
  const read = readers[format]
  let flux = 0
  let rejected = 0
  for (const line of lines) {
    const request = read(line, defaultDomain)
    if (!request) {
      rejected++
      continue
    }
    const key = `${request.domain} ${hourOf(request.time)}`
    const cell = cells.get(key) ?? Array(figures.length).fill(0)
    cells.set(key, cell)
    cell[0]++
    cell[1] += request.bytes
    cell[2] += request.isHit ? 1 : 0
    const place = 1 + Math.floor(request.status / 100)
    if (place >= 3 && place <= 6) cell[place]++
    flux += request.bytes
  }
  return { cells, requests: lines.length - rejected, flux, rejected }
}

const readers = {
  huawei_offline: (line) => {
    const parts = line.split('"')
    if (parts.length !== 15) return null
    const [status, bytes, cache] = parts[10].trim().split(' ')
    const time = parts[0].slice(1, parts[0].indexOf(']'))
    return { time, domain: parts[7], status: Number(status), bytes: Number(bytes), isHit: cache === 'HIT' }
  },
  combined: (line, domain) => readCombined(line, domain),
  combined_vhost: (line) => readCombined(line, line.slice(0, line.indexOf(' ')).split(':')[0]),
}

function readCombined(line, domain) {
  const parts = line.split('"')
  if (parts.length !== 7) return null
  const [status, bytes] = parts[2].trim().split(' ')
  const time = parts[0].slice(parts[0].indexOf('[') + 1, parts[0].indexOf(']'))
  return { time, domain, status: Number(status), bytes: bytes === '-' ? 0 : Number(bytes), isHit: false }
}

const hours = new Map()

/** `01/Sep/2026:08:00:01 +0800` as whole hours since 1970. */
function hourOf(time) {
  const minute = time.slice(0, 17)
  const known = hours.get(minute)
  if (known !== undefined) return known
  const [, day, month, year, hour, zoneSign, zoneHours] =
    /^(\d\d)\/(\w{3})\/(\d{4}):(\d\d):.{6}([+-])(\d\d)/.exec(time) ?? []
  const offset = Number(zoneHours) * (zoneSign === '-' ? -1 : 1)
  const utcHours = Date.UTC(Number(year), months.indexOf(month), Number(day), Number(hour)) / 3_600_000 - offset
  hours.set(minute, utcHours)
  return utcHours
}

/** The sum of several logs' cells. */
export function sumOfLogs(logs) {
  const sum = new Map()
  for (const { totals } of logs) {
    for (const [key, cell] of totals.cells) {
      const known = sum.get(key)
      sum.set(key, known ? known.map((value, index) => value + cell[index]) : [...cell])
    }
  }
  return sum
}

export const totalOfLogs = (logs) => ({
  requests: logs.reduce((sum, log) => sum + log.totals.requests, 0),
  flux: logs.reduce((sum, log) => sum + log.totals.flux, 0),
})
