import { fileURLToPath } from 'node:url'
import type { Program, Sdk } from './harness/bench.ts'
import { cache, installed, run } from './harness/installations.ts'
import { describeSdk } from './harness/sdk-suite.ts'
import { describeLookUps, describeSettings, describeStatsExport, describeWorkbooks } from './python/look-ups.ts'
import { describeOlder } from './python/older.ts'
import { describeStatistics } from './python/statistics.ts'

/** The first with export tasks, the last that has task_id and task_name mandatory, the first that has not, the newest. */
const newest = '3.1.219'
const versions = ['3.1.177', '3.1.210', '3.1.211', newest]
const sources = fileURLToPath(new URL('./python/', import.meta.url))
const files: Record<Program, string> = {
  create: 'create_export_task.py',
  list: 'list_export_tasks.py',
  region: 'region_style.py',
  calls: 'calls.py',
}

/** Python with what the SDK depends on; the versions themselves lie beside it, each in a directory of its own. */
const environment = await installed({
  name: 'python/environment',
  ingredients: newest,
  fetch: async (directory) => {
    await run('python3', ['-m', 'venv', directory])
    await pip(`${directory}/bin/python`, [`huaweicloudsdkcore==${newest}`])
  },
})

async function pip(python: string, packages: string[]): Promise<void> {
  const env = { ...process.env, PIP_CACHE_DIR: `${cache}python/pip` }
  await run(python, ['-m', 'pip', 'install', '--quiet', ...packages], { env })
}

async function pythonSdk(version: string): Promise<Sdk> {
  const packages = [`huaweicloudsdkcdn==${version}`, `huaweicloudsdkcore==${version}`]
  const python = 'missing' in environment ? '' : `${environment.directory}/bin/python`
  const installation = python
    ? await installed({
        name: `python/${version}`,
        ingredients: packages,
        fetch: (directory) => pip(python, ['--no-deps', '--target', directory, ...packages]),
      })
    : environment
  return {
    title: `Python ${version}`,
    ...('missing' in installation ? installation : {}),
    userAgent: 'huaweicloud-usdk-python/',
    exception: 'ClientRequestException',
    regionVariables: (endpoint) => ({
      HUAWEICLOUD_SDK_REGION_CDN_CN_NORTH_1: endpoint,
      HUAWEICLOUD_SDK_IAM_ENDPOINT: endpoint,
    }),
    run: async (program, variables) => {
      if ('missing' in installation) throw new Error(installation.missing)
      const env = { PATH: process.env['PATH'], PYTHONPATH: installation.directory, ...variables }
      return await run(python, [sources + files[program]], { env })
    },
    listed: (printed) => JSON.parse(printed),
  }
}

for (const version of versions)
  describeSdk(await pythonSdk(version), (sdk, bench) => {
    describeStatistics(sdk, bench)
    describeLookUps(bench)
    describeSettings(bench)
    describeOlder(bench)
    describeStatsExport(bench)
    describeWorkbooks(bench, { response: { begins: 'PK', is_long: true } })
  })
