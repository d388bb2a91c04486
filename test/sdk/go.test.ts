import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { Sdk } from './harness/bench.ts'
import { cache, installed, run } from './harness/installations.ts'
import { describeSdk } from './harness/sdk-suite.ts'
import { describeLookUps, describeOlder, describeSettings } from './python/look-ups.ts'
import { describeStatistics } from './python/statistics.ts'

/** An early one with export tasks, and the newest that could be fetched. In both, task_id and task_name are strings. */
const versions = ['v0.1.180', 'v0.1.211']
const module = 'github.com/huaweicloud/huaweicloud-sdk-go-v3'
const sources = fileURLToPath(new URL('./go/', import.meta.url))

/** The user's settings of modules' origins count, and nothing else of the user's is written to. */
async function go(directory: string, args: string[]): Promise<void> {
  const env = {
    ...process.env,
    GOENV: (await run('go', ['env', 'GOENV'])).trim(),
    GOFLAGS: '-modcacherw',
    GOPATH: `${cache}go/path`,
    GOCACHE: `${cache}go/build`,
    HOME: `${cache}go/home`,
  }
  await run('go', args, { cwd: directory, env })
}

async function goSdk(version: string): Promise<Sdk> {
  const programs = await readdir(sources)
  const texts = await Promise.all(programs.map((name) => readFile(`${sources}${name}/main.go`, 'utf8')))
  const installation = await installed({
    name: `go/${version}`,
    ingredients: [version, texts],
    fetch: async (directory) => {
      await cp(sources, directory, { recursive: true })
      await mkdir(`${cache}go/home`, { recursive: true })
      await writeFile(`${directory}/go.mod`, `module samples\n\ngo 1.16\n\nrequire ${module} ${version}\n`)
      await go(directory, ['mod', 'download', `${module}@${version}`])
      await go(directory, ['list', '-mod=mod', '-deps', './...'])
    },
    build: (directory) =>
      go(directory, ['build', '-mod=mod', '-buildvcs=false', '-ldflags=-s -w', '-o', 'bin/', './...']),
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
  })
