import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it, onTestFinished, vi } from 'vitest'
import { runCommand } from '../harness/command.ts'
import { temporaryDirectory } from '../harness/directory.ts'
import { createAll, exportedBy } from '../harness/exports.ts'
import { huaweiLine } from '../harness/log-lines.ts'
import { expectError, type Json, send } from '../harness/requests.ts'
import { startTestServer, type TestServer } from '../harness/server.ts'
import { ownerVariables, startVersitygw, type TestStore, withVersitygw } from '../harness/versitygw.ts'

const range = { start_time: Date.parse('2026-09-01T08:00:00+08:00'), end_time: Date.parse('2026-09-01T08:20:00+08:00') }
const request: Json = { ...range, service_area: 'global', language: 'en' }
const tasks = '/api/v1/export-tasks'

withVersitygw(() => {
  let store: TestStore
  let server: TestServer
  const flagsFor = (prefix: string) => ({
    artifactsBucket: `s3://files/${prefix}`,
    artifactsEndpoint: store.endpoint,
    artifactsPathStyle: 'yes',
  })
  const commandFor = (prefix: string) => [
    ...['--artifacts-bucket', `s3://files/${prefix}`, '--artifacts-endpoint', store.endpoint],
    ...['--artifacts-path-style', 'yes'],
  ]
  beforeAll(async () => {
    for (const [name, value] of Object.entries(ownerVariables)) vi.stubEnv(name, value)
    store = await startVersitygw()
    await store.createBucket('files')
    server = await startTestServer({ ...flagsFor('one'), metricsToken: 'a-token-of-the-test' })
    await server.load(huaweiLine())
  })
  afterAll(async () => {
    await server?.stop()
    await store.stop()
  })
  const keysOf = async (text: string) => (await store.keys('files')).filter((key) => key.includes(text))
  const untilNone = async (text: string) => {
    while ((await keysOf(text)).length > 0) await delay(20)
  }
  const made = async () => {
    const [id = ''] = await createAll(server, [request])
    const { task, files } = await exportedBy(server, id)
    return { id, task, bytes: files[0]?.sent ?? Buffer.alloc(0), link: new URL(String(task['download_link'])) }
  }

  it('a file lies in the bucket alone, is downloaded whole and in part, and goes with its task', async () => {
    const { id, task, bytes, link } = await made()
    expect(await keysOf(id)).toHaveLength(2) // the file and its manifest
    expect((await keysOf(id)).every((key) => key.startsWith(`one/${id}/1/`))).toBe(true)
    const target = link.pathname + link.search
    const part = await send(link.origin, { target, headers: { Range: 'bytes=3-9' } })
    expect([part.status, part.text]).toEqual([206, bytes.subarray(3, 10).toString()])
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(task['sha256'])
    await server.call('POST', `${tasks}/${id}/cancel`)
    await server.call('DELETE', `${tasks}/${id}`)
    expectError(await send(link.origin, { target }), 404, 'CDN.0003')
  })

  it('an outage of the store is a 503 for a download, makes an export wait, and loses nothing', async () => {
    const { link, bytes } = await made()
    const target = link.pathname + link.search
    await store.down()
    expectError(await send(link.origin, { target }), 503, 'FLUXPORT.0002')
    const { json } = await server.call('GET', '/api/v1/system')
    const { parts } = json['server'] as { parts: Json }
    expect(parts['artifacts']).toEqual({ kind: 'bucket', state: expect.stringContaining('nothing listens there') })
    const [id = ''] = await createAll(server, [request])
    await delay(2_000)
    expect((await server.call('GET', `${tasks}/${id}`)).json['state']).not.toBe('fail')
    await store.up()
    const { files } = await exportedBy(server, id)
    expect(files[0]?.sent.equals(bytes)).toBe(true)
    const metrics = await server.raw('/metrics', { headers: { Authorization: 'Bearer a-token-of-the-test' } })
    expect(metrics.text).toMatch(/fluxport_artifact_requests_total\{operation="HeadObject",outcome="failed"\} [1-9]/)
  })

  it('a backup has the files, and a restore puts them into another place, which must be empty', async () => {
    const { id, bytes } = await made()
    const place = await temporaryDirectory()
    onTestFinished(place.remove)
    const backup = join(place.path, 'backup')
    const dataDir = join(place.path, 'data')
    await runCommand(server.dataDir, 'backup', backup, '--with-master-key', ...commandFor('one'))
    const restore = (prefix: string) => runCommand(dataDir, 'restore', backup, ...commandFor(prefix))
    expect((await restore('one')).err).toContain('s3://files/one/ is not empty')
    await restore('two')
    const restored = await startTestServer({ ...flagsFor('two'), dataDir })
    onTestFinished(restored.stop)
    const { files } = await exportedBy(restored, id)
    expect(files[0]?.sent.equals(bytes)).toBe(true)
    expect((await keysOf(id)).filter((key) => key.startsWith('two/'))).toHaveLength(2)
  })

  it('doctor and a start name what is wrong with the bucket', async () => {
    const place = await temporaryDirectory()
    onTestFinished(place.remove)
    const good = await runCommand(server.dataDir, 'doctor', ...commandFor('one'))
    expect(good.out).toContain('s3://files/one/ can be written, read and deleted from')
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'another-secret')
    onTestFinished(() => void vi.stubEnv('AWS_SECRET_ACCESS_KEY', ownerVariables.AWS_SECRET_ACCESS_KEY))
    const bad = await runCommand(server.dataDir, 'doctor', ...commandFor('one'))
    expect([bad.out.includes('the secret key is not that of the access key'), bad.code]).toEqual([true, 1])
    const start = await runCommand(join(place.path, 'x'), 'serve', '--port', '0', ...commandFor('one'))
    expect(start.err).toContain(
      '--artifacts-bucket (FLUXPORT_ARTIFACTS_BUCKET): s3://files/one/: the secret key is not',
    )
    expect(start.err + bad.out).not.toContain('another-secret')
  })

  it('a download is redirected where that is set: with its name and type, no longer than its link, and followed', async () => {
    const place = await temporaryDirectory()
    onTestFinished(place.remove)
    const flags = { ...flagsFor('told'), artifactsRedirectSeconds: '60', linkLifetimeSeconds: '30' }
    const told = await startTestServer({ ...flags, dataDir: place.path })
    onTestFinished(told.stop)
    await told.load(huaweiLine())
    const [id = ''] = await createAll(told, [request])
    const { task, files } = await exportedBy(told, id) // fetch follows, and compares the SHA-256
    const link = new URL(String(task['download_link']))
    const target = link.pathname + link.search
    const answer = await send(link.origin, { target })
    const address = new URL(String(answer.headers['location']))
    expect([answer.status, address.origin]).toEqual([302, store.endpoint])
    expect(Number(address.searchParams.get('X-Amz-Expires'))).toBeLessThanOrEqual(30)
    const file = await fetch(address)
    expect(Object.fromEntries(file.headers)).toMatchObject({
      'content-disposition': `attachment; filename="${task['file_name']}"`,
      'content-type': 'text/csv; charset=utf-8',
      'cache-control': 'private, no-store',
    })
    expect(Buffer.from(await file.arrayBuffer()).equals(files[0]?.sent ?? Buffer.alloc(0))).toBe(true)
    address.searchParams.set('X-Amz-Expires', '604800')
    expect((await fetch(address)).status).toBe(403)
    expect((await send(link.origin, { target, method: 'HEAD' })).status).toBe(200)
    const output = join(place.path, 'x.csv')
    const ran = await runCommand(told.dataDir, 'tasks', 'download', id, '--output', output)
    expect([ran.code, (await readFile(output)).equals(files[0]?.sent ?? Buffer.alloc(0))]).toEqual([0, true])
    await told.call('DELETE', `${tasks}/${id}`)
    expectError(await send(link.origin, { target }), 404, 'CDN.0003')
  })

  it('a file whose time is over leaves the bucket', async () => {
    const place = await temporaryDirectory()
    onTestFinished(place.remove)
    const quick = await startTestServer({ ...flagsFor('quick'), dataDir: place.path, fileLifetimeSeconds: '2' })
    onTestFinished(quick.stop)
    await quick.load(huaweiLine())
    const [id = ''] = await createAll(quick, [request])
    await exportedBy(quick, id)
    await untilNone(id)
  })
})
