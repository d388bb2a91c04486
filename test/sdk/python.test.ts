import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { temporaryDirectory } from '../harness/engine.ts'
import { startTestServer, type TestServer } from '../harness/server.ts'

/** The newest whose packages were tried; `pip` fetches exactly these. */
const sdkVersion = '3.1.211'
const samples = fileURLToPath(new URL('./python/', import.meta.url))
/** Kept between runs: the SDK's packages are large. */
const environment = fileURLToPath(new URL('../../node_modules/.cache/python-sdk', import.meta.url))
const python = `${environment}/bin/python`

/** Undefined when the SDK is at hand, else why it is not. */
function prepare(): string | undefined {
  if (spawnSync('python3', ['--version']).error) return 'python3 is missing'
  if (existsSync(`${environment}/ready-${sdkVersion}`)) return undefined
  if (spawnSync('python3', ['-m', 'venv', '--clear', environment]).status !== 0) return 'python3 has no venv'
  const packages = [`huaweicloudsdkcdn==${sdkVersion}`, `huaweicloudsdkcore==${sdkVersion}`]
  const installed = spawnSync(python, ['-m', 'pip', 'install', '--quiet', ...packages], { encoding: 'utf8' })
  if (installed.status !== 0) return `the SDK cannot be installed: ${installed.stderr.trim().split('\n').pop()}`
  spawnSync('touch', [`${environment}/ready-${sdkVersion}`])
  return undefined
}

const missing = prepare()
const describeSdk = missing === undefined ? describe : describe.skip

describeSdk(`the official Python SDK ${sdkVersion}${missing ? ` (skipped: ${missing})` : ''}`, () => {
  let server: TestServer
  let home: Awaited<ReturnType<typeof temporaryDirectory>>
  beforeAll(async () => {
    home = await temporaryDirectory() // the SDK writes below HOME
    server = await startTestServer()
    await server.load(
      '[01/Sep/2026:08:00:01 +0800] 198.51.100.7 35 "-" "HTTP/1.1" "GET" "www.example.test" "/a.jpg" 200 1000 HIT "curl/8.0" "-"\n',
    )
  })
  afterAll(async () => {
    await server.stop()
    await home.remove()
  })

  const run = (script: string, extra: Record<string, string> = {}): Promise<string[]> =>
    runPython(script, {
      HOME: home.path,
      SAMPLE_ENDPOINT: server.endpoint,
      CLOUD_SDK_AK: server.credentials.access_key,
      CLOUD_SDK_SK: server.credentials.secret_key,
      ...extra,
    })

  it('runs the create and the list sample; the task is listed as success, with a link that downloads', async () => {
    expect((await run('create_export_task.py'))[0]).toBe('200')
    const listed = await untilSuccess(() => run('list_export_tasks.py'))
    expect(listed[0]).toBe('1')
    const [taskId, name, status, link] = listed[1]?.split(' ') ?? []
    expect([taskId?.length, name?.startsWith('reports_detail_'), status]).toEqual([32, true, 'success'])
    const file = await fetch(String(link))
    expect(file.status).toBe(200)
    expect((await file.text()).split('\r\n')).toHaveLength(24 * 12 + 2)
  })

  it('runs the samples region-style, through the account look-up', async () => {
    const printed = await run('region_style.py', {
      HUAWEICLOUD_SDK_REGION_CDN_CN_NORTH_1: server.endpoint,
      HUAWEICLOUD_SDK_IAM_ENDPOINT: server.endpoint,
    })
    expect(printed[0]).toBe('200')
    expect(Number(printed[1])).toBeGreaterThan(1)
  })

  it('raises its typed exception with our code, message and request id', async () => {
    const [status, requestId, code, message] = await run('list_export_tasks.py', { CLOUD_SDK_SK: 'wrong' })
    expect([status, code]).toEqual(['401', 'APIGW.0301'])
    expect(requestId).toMatch(/^[0-9a-f]{32}$/)
    expect(message).toContain('verify aksk signature fail')
  })
})

/** Not in this thread: the server that the SDK talks to runs in it. */
async function runPython(script: string, variables: Record<string, string>): Promise<string[]> {
  const { execFile } = await import('node:child_process')
  return await new Promise((resolve, reject) => {
    const options = { env: { PATH: process.env['PATH'] ?? '', ...variables } }
    execFile(python, [samples + script], options, (error, stdout, stderr) =>
      error ? reject(new Error(stderr)) : resolve(stdout.trim().split('\n')),
    )
  })
}

async function untilSuccess(list: () => Promise<string[]>): Promise<string[]> {
  for (;;) {
    const listed = await list()
    if (!/ (waiting|processing) /.test(listed[1] ?? '')) return listed
  }
}
