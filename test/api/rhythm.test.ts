import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runCommand } from '../harness/command.ts'
import { createAll, exportedBy } from '../harness/exports.ts'
import { huaweiLine } from '../harness/log-lines.ts'
import { expectError, type Json, newAccount, sendSigned } from '../harness/requests.ts'
import { type Key, startTestServer, type TestServer } from '../harness/server.ts'

const www = 'www.example.test'
const img = 'img.example.test'
const hourMs = 3_600_000
const dayMs = 24 * hourMs
const fromMs = Date.parse('2026-09-01T00:00:00Z')
const suggestions = '/api/v1/coverage/cadence-suggestions'

let server: TestServer
let customer: Key & { account_id: string }
beforeAll(async () => {
  server = await startTestServer()
  customer = await newAccount(server, 'customer')
  await Promise.all([...hourly(), ...daily(), ...rotated(), ...stream(), ...irregular()])
}, 600_000)
afterAll(() => server.stop())

const dateOf = (timeMs: number) => new Date(timeMs).toISOString().slice(0, 10)
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
function lineAt(source: string, timeMs: number, domain: string): string {
  const [year, month, day] = dateOf(timeMs).split('-')
  const clock = new Date(timeMs).toISOString().slice(11, 19)
  return huaweiLine({
    domain,
    time: `${day}/${months[Number(month) - 1]}/${year}:${clock} +0000`,
    path: `/${source}/${timeMs}`,
  })
}
/** Lines of a span: each quarter of it, and its last second. */
const linesOf = (source: string, startMs: number, lengthMs: number, domain: string) =>
  [0, 0.25, 0.5, 0.75, 1].map((part) => lineAt(source, startMs + part * (lengthMs - 1000), domain)).join('')
async function load(source: string, name: string, startMs: number, lengthMs: number, domain = www) {
  const text = linesOf(source, startMs, lengthMs, domain)
  const { json, text: answer } = await server.load(text, { name, source, format: 'huawei_offline' })
  expect(json['state'], answer).toBe('loaded')
}
const count = (length: number) => Array.from({ length }, (_, n) => n)

/** A file an hour and domain, as Huawei names them; www lacks two of its hours. */
const hourly = () =>
  count(48).flatMap((hour) =>
    [www, img].flatMap((domain) => {
      if (domain === www && (hour === 20 || hour === 21)) return []
      const startMs = fromMs + hour * hourMs
      const china = new Date(startMs + 8 * hourMs).toISOString()
      const name = `${china.slice(0, 10).replaceAll('-', '')}${china.slice(11, 13)}-${domain}-cn.gz`
      return [load('hourly', name, startMs, hourMs, domain)]
    }),
  )
/** A file a day of Berlin's day; the eighth is missing. */
const daily = () =>
  count(14)
    .filter((day) => day !== 7)
    .map((day) => {
      const startMs = fromMs + day * dayMs - 2 * hourMs
      return load('daily', `access-${dateOf(fromMs + day * dayMs)}.log`, startMs, dayMs)
    })
/** Named by the day on which they were rotated, at midnight in Berlin: each has the day before. */
const rotated = () =>
  count(10)
    .filter((day) => day !== 4)
    .map((day) => {
      const startMs = fromMs + (day - 1) * dayMs - 2 * hourMs
      return load('rotated', `access.log-${dateOf(fromMs + day * dayMs).replaceAll('-', '')}`, startMs, dayMs)
    })
/** One file an hour, or two or three, without an hour in the name; two hours are silent. */
const stream = () =>
  count(60)
    .filter((hour) => hour !== 30 && hour !== 31)
    .flatMap((hour) =>
      count(1 + (hour % 3)).map((part) =>
        load('stream', `edge-${hour}-${part}.log`, fromMs + hour * hourMs + part * 20 * 60_000, 19 * 60_000),
      ),
    )
const irregular = () =>
  [0, 3, 4, 11, 19].map((day) => load('irregular', `upload-${day}.log`, fromMs + day * dayMs, 2 * dayMs))

const ask = async (target: string, key: Key = server.credentials) => {
  const answer = await sendSigned(server, { target, key })
  expect(answer.status, answer.text).toBe(200)
  return answer.json
}
const proposed = async () =>
  new Map(
    ((await ask(`${suggestions}?time_zone=Europe/Berlin`))['suggestions'] as Json[]).map((one) => [one['source'], one]),
  )

/** By time; the last one's cadence is stated later. */
const whole = [
  `unexpected silence of source hourly: 0 of 2 usual files came for 2026-09-01 22:00 to 2026-09-02 00:00: ${www}`,
  `unexpected silence of source stream: nothing came for 2026-09-02 08:00 to 10:00: ${www}`,
  `unexpected silence of source rotated: 0 of 1 usual files came for 2026-09-04: ${www}`,
  `unexpected silence of source daily: 0 of 1 usual files came for 2026-09-08: ${www}`,
]

describe('GET /api/v1/coverage/cadence-suggestions', () => {
  it('proposes what was delivered, and says why it proposes nothing', async () => {
    const found = await proposed()
    const none = { files_per_hour: null, files_per_day: null, day_zone: null, skips_empty_hours: false }
    const dailyInBerlin = { files_per_day: 1, day_zone: 'Europe/Berlin', delay_seconds: null }
    expect(found.get('hourly')?.['proposal']).toMatchObject({ ...none, files_per_hour: 1 })
    expect(found.get('hourly')?.['reason']).toContain('1 file an hour of each of 2 domains, in 94 of 96 hours')
    expect(found.get('daily')?.['proposal']).toMatchObject({ ...none, ...dailyInBerlin })
    expect(found.get('rotated')?.['proposal']).toMatchObject({ ...none, ...dailyInBerlin })
    expect(found.get('stream')).toMatchObject({ proposal: none, reason: expect.stringContaining('58 of 60 hours') })
    expect(found.get('irregular')).toMatchObject({ proposal: null, is_stated: false })
    expect(found.get('irregular')?.['reason']).toBe(
      'requests in 216 of 504 hours, in 5 deliveries: it delivers too seldom for a stream',
    )
  })

  it('shows a gap in a rhythm as unexpected silence, until a cadence is stated', async () => {
    const month = '/api/v1/month-deliveries?month=2026-09&time_zone=Europe/Berlin'
    const silences = async () =>
      ((await ask(month))['faults'] as Json[]).filter(({ kind }) => kind === 'unexpected_silence')
    expect((await silences()).map(({ text }) => text)).toEqual(whole)
    const lines = (await ask(`/api/v1/coverage?domain_name=${www}&start_time=${fromMs}&end_time=${fromMs + dayMs}`))[
      'lines'
    ] as Json[]
    const unstated = 'no cadence is stated of source daily, hourly, irregular, rotated, stream'
    expect(lines.map((one) => [one['state'], one['buckets'], one['reason'], one['domain_names']])).toEqual([
      ['reported', 264, unstated, [www]],
      ['reported', 24, `unexpected silence of source hourly; ${unstated}`, [www]],
    ])
    const { out } = await runCommand(server.dataDir, 'coverage', 'cadence', 'suggest', '--time-zone', 'Europe/Berlin')
    const command = /fluxport (coverage cadence set .*--files-per-day 1 .* daily)/.exec(out)?.[1]?.split(' ') ?? []
    expect((await runCommand(server.dataDir, ...command)).code, out).toBe(0)
    expect((await silences()).map(({ text }) => text)).toEqual(whole.slice(0, 3))
    expect((await proposed()).get('daily')).toMatchObject({ proposal: null, is_stated: true })
  })

  it('names silences and refused files in a bill, though no cadence is stated', async () => {
    const { json: refusal } = await server.load('garbage\n'.repeat(9), { name: 'cut.log', source: 'irregular' })
    expect(refusal['error_code']).toBe('FLUXPORT.0103')
    const now = new Date().toISOString().slice(0, 10)
    const bill = { action: 'bill', format: 'csv', compression: 'none', language: 'en', domain_name: 'all' }
    const notes = async (range: Json) => {
      const [id = ''] = await createAll(server, [{ ...bill, ...range }])
      const { task } = await exportedBy(server, id)
      return (task['manifest'] as Json)['notes'] as string[]
    }
    const september = await notes({ start_time: fromMs, end_time: fromMs + 30 * dayMs })
    expect(september.filter((note) => note.startsWith('Unexpected silence'))).toEqual([
      `Unexpected silence: source hourly, 2026-09-02 04:00 – 2026-09-02 06:00: ${www}`,
      `Unexpected silence: source stream, 2026-09-02 14:00 – 2026-09-02 16:00: ${www}`,
      `Unexpected silence: source rotated, 2026-09-04 08:00 – 2026-09-05 08:00: ${www}`,
    ])
    const present = await notes({ start_time: Date.parse(now), end_time: Date.parse(now) + dayMs })
    expect(present.filter((note) => note.startsWith('Refused'))).toEqual([
      'Refused file: cut.log of source irregular: FLUXPORT.0103',
    ])
  })

  it('says how sure the zone of a day is, and denies no zone that may be right', async () => {
    for (const day of count(10)) {
      const startMs = fromMs + day * dayMs + 4 * hourMs
      await load('evening', `evening-${dateOf(startMs)}.log`, startMs, 20 * hourMs, 'evening.example.test')
    }
    const reasonIn = async (zone: string) => {
      const found = (await ask(`${suggestions}?time_zone=${zone}`))['suggestions'] as Json[]
      return found.find(({ source }) => source === 'evening') ?? {}
    }
    const near = await reasonIn('UTC')
    expect(near['proposal']).toMatchObject({ files_per_day: 1, day_zone: 'UTC' })
    expect(near['reason']).toMatch(/look like days that end at about 02:00 UTC, and of .* tried UTC is the nearest/)
  })

  it('is for operators alone', async () => {
    expectError(await sendSigned(server, { target: suggestions, key: customer }), 403, 'CDN.0004')
  })
})
