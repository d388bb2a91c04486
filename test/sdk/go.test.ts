import { cp, readdir, readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { expect } from 'vitest'
import type { Sdk } from './harness/bench.ts'
import { go } from './harness/go-command.ts'
import { installed, run } from './harness/installations.ts'
import { describeSdk } from './harness/sdk-suite.ts'
import { describeLookUps, describeSettings, describeStatsExport, describeWorkbooks } from './python/look-ups.ts'
import { describeOlder } from './python/older.ts'
import { describeStatistics } from './python/statistics.ts'

/** An early one with export tasks, and the newest that could be fetched. In both, task_id and task_name are strings. */
const versions = ['v0.1.180', 'v0.1.211']
const module = 'github.com/huaweicloud/huaweicloud-sdk-go-v3'
const sources = fileURLToPath(new URL('./go/', import.meta.url))

async function goSdk(version: string): Promise<Sdk> {
  const programs = await readdir(sources)
  const texts = await Promise.all(programs.map((name) => readFile(`${sources}${name}/main.go`, 'utf8')))
  const installation = await installed({
    name: `go/${version}`,
    ingredients: [version, texts],
    fetch: async (directory) => {
      await cp(sources, directory, { recursive: true })
      await writeFile(`${directory}/go.mod`, `module samples\n\ngo 1.16\n\nrequire ${module} ${version}\n`)
      await go(directory, ['mod', 'download', `${module}@${version}`])
      await go(directory, ['list', '-mod=mod', '-deps', './...'])
    },
    build: async (directory) => {
      await go(directory, ['build', '-mod=mod', '-buildvcs=false', '-ldflags=-s -w', '-o', 'bin/', './...'])
    },
  })
  return {
    title: `Go ${version}`,
    ...('missing' in installation ? installation : {}),
    userAgent: 'huaweicloud-usdk-go/',
    exception: 'ServiceResponseError',
    // HUAWEICLOUD_SDK_IAM_ENDPOINT takes https alone.
    regionVariables: (endpoint) => ({ HUAWEICLOUD_SDK_REGION_CDN_CN_NORTH_1: endpoint }),
    run: async (program, variables) => {
      if ('missing' in installation) throw new Error(installation.missing)
      return await run(`${installation.directory}/bin/${program}`, [], { env: variables })
    },
    listed: (printed) => JSON.parse(printed.slice(printed.indexOf('{'))),
  }
}

for (const version of versions)
  describeSdk(await goSdk(version), (sdk, bench) => {
    describeStatistics(sdk, bench)
    describeLookUps(bench)
    describeSettings(bench)
    describeOlder(bench)
    describeStatsExport(bench)
    // Its models have no file, so it takes the workbook for JSON and raises an error of status 200.
    describeWorkbooks(bench, {
      raised: expect.objectContaining({ status: 200, message: expect.stringContaining('PK') }),
    })
  })
