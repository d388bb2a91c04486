import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import type { Bench, Program, Sdk } from './harness/bench.ts'
import { cache, installed, run } from './harness/installations.ts'
import { describeSdk } from './harness/sdk-suite.ts'

/** Of the core, as the CDN client is not published; one of ours tells it the same requests. 3.1.180 is the old one to be had. */
const versions = [
  { core: '3.1.180', taskIsMandatory: true },
  { core: '3.1.211', taskIsMandatory: false },
]
/** The core needs it and does not say so. The last that Node 20 can require whatever its minor version. */
const uuid = 'uuid@9.0.1'
const projectId = '0123456789abcdef0123456789abcdef'
const sources = fileURLToPath(new URL('./node/', import.meta.url))

async function nodeSdk({ core, taskIsMandatory }: (typeof versions)[number]): Promise<Sdk> {
  const packages = [`@huaweicloud/huaweicloud-sdk-core@${core}`, uuid]
  const installation = await installed({
    name: `node/${core}`,
    ingredients: packages,
    fetch: async (directory) => {
      const quiet = ['--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error']
      await run('npm', ['install', '--prefix', directory, '--cache', `${cache}node/npm`, ...quiet, ...packages])
    },
  })
  const files: Record<Program, string> = {
    create: 'create-export-task.cjs',
    list: taskIsMandatory ? 'list-any-export-tasks.cjs' : 'list-export-tasks.cjs',
    region: 'region-style.cjs',
    calls: 'calls.cjs',
  }
  return {
    title: `Node core ${core}`,
    ...('missing' in installation ? installation : {}),
    userAgent: 'huaweicloud-usdk-nodejs/',
    exception: 'ClientRequestException',
    regionVariables: () => ({}),
    run: async (program, variables) => {
      if ('missing' in installation) throw new Error(installation.missing)
      const env = {
        PATH: process.env['PATH'],
        NODE_PATH: `${installation.directory}/node_modules:${sources}stand-in`,
        CLOUD_SDK_PROJECT_ID: projectId,
        ...variables,
      }
      return await run(process.execPath, [sources + files[program]], { env })
    },
    listed: (printed) => JSON.parse(printed.replace(/^.*JSON\.stringify\(result\)::/s, '')),
  }
}

function ofNode(_sdk: Sdk, bench: Bench): void {
  it('signs the project id of the sample’s credentials, which is nothing to us', async () => {
    await bench.run('create')
    const [asked] = bench.recorder.exchanges
    expect([asked?.headers['x-project-id'], asked?.status]).toEqual([projectId, 200])
    expect(asked?.headers.authorization).toContain(';x-project-id;')
  })

  it.each(['149751000000', 149751000000])(
    'creates with the body of the documentation’s example, a list’s, %j',
    async (name) => {
      const body = { task_id: '2459be350111d2da0f8dc010e0ac4c33', task_name: name, limit: 10, offset: 0 }
      const [outcome] = await bench.calls([{ operation: 'create', body }])
      expect(outcome?.response).toMatchObject({ task_name: '149751000000' })
      expect(outcome?.response?.['task_id']).not.toBe(body.task_id)
    },
  )
}

for (const version of versions) describeSdk(await nodeSdk(version), ofNode)
