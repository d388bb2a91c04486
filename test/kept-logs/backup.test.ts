import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { runCommand } from '../harness/command.ts'
import { assign, linesOf, newTenant, push } from '../harness/customers.ts'
import { temporaryDirectory } from '../harness/directory.ts'
import { keepLogs, linesBehind, logsOf } from '../harness/kept-logs.ts'
import { startTestServer } from '../harness/server.ts'

it('a backup says how many files it lacks; restored, the settings keep later ones', async () => {
  const { path, remove } = await temporaryDirectory()
  onTestFinished(remove)
  const server = await startTestServer()
  const tenant = await newTenant(server, 'tenant')
  await assign(server, 'a.test', tenant.accountId)
  await keepLogs(server, tenant, 'edge')
  await push(server, tenant.token, linesOf('a.test', 3), 'wait=true&source=edge')
  expect(await logsOf(server, tenant.key, 'a.test')).toHaveLength(1)
  const made = await runCommand(server.dataDir, 'backup', join(path, 'backup'), '--with-master-key')
  await server.stop()
  expect([made.code, made.err]).toEqual([0, expect.stringContaining('1 kept log files are not in it')])

  const dataDir = join(path, 'restored')
  expect(await runCommand(dataDir, 'restore', join(path, 'backup'))).toMatchObject({ code: 0, err: '' })
  const again = await startTestServer({ dataDir })
  onTestFinished(() => again.stop())
  expect(await logsOf(again, tenant.key, 'a.test')).toEqual([])
  const lines = linesOf('a.test', 2, { path: '/later' })
  await push(again, tenant.token, lines, 'wait=true&source=edge')
  const [file] = await logsOf(again, tenant.key, 'a.test')
  expect(file && (await linesBehind(again, file))).toBe(lines)
})
