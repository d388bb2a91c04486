import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { localTimeParameters, localTimeSql } from '../../src/ingest/formats/line/local-time.ts'
import { knownZone } from '../../src/statistics/time-range.ts'
import { temporaryDirectory } from '../harness/directory.ts'
import { startTestEngine } from '../harness/engine.ts'
import { hasPython, withoutPython } from '../harness/oracle.ts'

/** Zones whose times of 2024 to 2027 are others since a version of the IANA's data. */
const changedBy: Readonly<Record<string, string[]>> = {
  '2024a': ['Asia/Almaty', 'Asia/Gaza', 'Asia/Hebron', 'Asia/Qostanay'],
  '2025a': ['America/Asuncion'],
  '2025b': ['America/Coyhaique'],
  '2026a': ['Europe/Chisinau', 'Europe/Tiraspol'],
  '2026b': ['America/Vancouver', 'Canada/Pacific'],
  '2026c': ['Africa/Casablanca', 'Africa/El_Aaiun', 'America/Edmonton', 'America/Yellowknife', 'Canada/Mountain'],
  '2026d': ['America/Inuvik'],
  '2026e': ['America/Rainy_River', 'America/Winnipeg', 'Canada/Central'],
  '2026f': ['America/Havana', 'Cuba'],
}

/** A zone's clock times and their instants lie in a file. */
type ZoneTimes = { zone: string; path: string; times: number }
type Oracle = { version: string; zones: AsyncIterable<ZoneTimes> }

let engine: Awaited<ReturnType<typeof startTestEngine>>
let directory: Awaited<ReturnType<typeof temporaryDirectory>>
beforeAll(async () => {
  engine = await startTestEngine()
  directory = await temporaryDirectory()
})
afterAll(async () => {
  await engine.stop()
  await directory.remove()
})

/** The oracle's first line is the version of its data; each other line is a zone's. */
async function askOracle(): Promise<Oracle> {
  const script = fileURLToPath(new URL('./local_times.py', import.meta.url))
  const python = spawn('python3', [script, directory.path], { stdio: ['ignore', 'pipe', 'inherit'] })
  const lines = createInterface({ input: python.stdout })[Symbol.asyncIterator]()
  const version = String((await lines.next()).value)
  const zones = async function* () {
    for (let line = await lines.next(); !line.done; line = await lines.next()) yield JSON.parse(line.value) as ZoneTimes
  }
  return { version, zones: zones() }
}

/** The clock times that a load would count at another instant than the oracle says. */
const differences = ({ zone, path }: ZoneTimes) =>
  engine.warehouse.rows(
    `SELECT toString(toDateTime(clock, 'UTC')) AS clock_time, toString(counted) AS counted_at,
      toString(toDateTime(instant, 'UTC')) AS expected_at
    FROM
    (
      SELECT clock, instant, ${localTimeSql('clock')} AS counted
      FROM file({path:String}, 'TSV', 'clock Int64, instant Int64, line_number UInt64')
    )
    WHERE toUnixTimestamp(counted) != instant LIMIT 5`,
    { ...localTimeParameters(knownZone(zone) ?? 'unknown', Date.UTC(2027, 11, 31)), linesBefore: 0, path },
  )

/** Zones that one version has otherwise than the other: nobody can tell which a log's machine had. */
function differingZones(one: string, other: string): Set<string> {
  const [from = '', to = ''] = [one, other].toSorted()
  const versions = Object.keys(changedBy).filter((version) => version > from && version <= to)
  return new Set(versions.flatMap((version) => changedBy[version] ?? []))
}

describe.skipIf(!hasPython)(`times that a log writes without a zone${withoutPython}`, () => {
  it('are those of Python’s zoneinfo in every zone on every day of 2024 to 2027, and at each change', async () => {
    const oracle = await askOracle()
    const ours = process.versions['tz'] ?? ''
    const passedOver = differingZones(ours, oracle.version)
    const wrong: object[] = []
    const asked = new Set<string>()
    let [zones, times] = [0, 0]
    for await (const told of oracle.zones) {
      if (passedOver.has(told.zone)) continue
      // Many names are of one zone: the same question is asked once.
      const question = `${knownZone(told.zone)} ${told.path}`
      const found = asked.has(question) ? [] : await differences(told)
      asked.add(question)
      if (found.length > 0) wrong.push({ zone: told.zone, found })
      zones += 1
      times += told.times
    }
    expect(wrong, `Node has the zones of ${ours}, Python those of ${oracle.version}`).toEqual([])
    expect(zones).toBeGreaterThan(562)
    expect(times).toBeGreaterThan(3_000_000)
  }, 1_200_000)
})
