import { execFile, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { temporaryDirectory } from '../harness/directory.ts'
import { readOpenMetrics } from '../harness/open-metrics.ts'
import { startWatchedServer } from '../monitoring/watched-server.ts'

const run = promisify(execFile)
const parser = 'prometheus-client==0.21.1'
const environment = fileURLToPath(new URL(`../../node_modules/.cache/${parser}`, import.meta.url))
const python = `${environment}/bin/python`

/** Empty when the parser is at hand, else why it is not. */
function prepareParser(): string {
  if (existsSync(`${environment}/ready`)) return ''
  if (spawnSync('python3', ['-m', 'venv', '--clear', environment]).status !== 0)
    return ' (skipped: python3 has no venv)'
  const installed = spawnSync(python, ['-m', 'pip', 'install', '--quiet', '--no-deps', parser])
  if (installed.status !== 0) return ` (skipped: ${parser} cannot be installed)`
  spawnSync('touch', [`${environment}/ready`])
  return ''
}

const program = `
import json, sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families
text = open(sys.argv[1], encoding='utf-8').read()
samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
print(json.dumps([[one.name, one.labels, one.value, None if one.timestamp is None else float(one.timestamp)] for one in samples]))
`

const without = prepareParser()
it.skipIf(without)(`the official parser reads /metrics/usage to the last sample${without}`, async () => {
  const { scrape, breakAll, stop } = await startWatchedServer()
  const directory = await temporaryDirectory()
  await breakAll()
  const told = await scrape()
  const path = join(directory.path, 'usage.txt')
  await writeFile(path, told)
  const { stdout } = await run(python, ['-c', program, path], { maxBuffer: 1 << 26 })
  const read = readOpenMetrics(told).map(({ name, labels, value, time }) => [name, labels, value, time])
  expect(read.length).toBeGreaterThan(40)
  expect(JSON.parse(stdout)).toEqual(read)
  await stop()
  await directory.remove()
})
