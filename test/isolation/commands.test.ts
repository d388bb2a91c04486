import type { Command } from 'commander'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createProgram } from '../../src/cli/program.ts'
import { runCommand } from '../harness/command.ts'
import { startTestServer, type TestServer } from '../harness/server.ts'
import { commandCases } from './command-cases.ts'
import { namedIn, normalText } from './normal-text.ts'
import { makeTenant, nobodysThings, type Tenant, type Things } from './two-accounts.ts'

let server: TestServer
let asker: Tenant
let other: Tenant
const nobody = nobodysThings()

beforeAll(async () => {
  server = await startTestServer({ pushGroupSeconds: '0' })
  asker = await makeTenant(server, 'asker')
  other = await makeTenant(server, 'other')
})
afterAll(() => server.stop())

/** Paths of the commands that do something, below their groups. */
function pathsOf(command: Command, before: string[] = []): string[] {
  return command.commands.flatMap((one) => {
    const path = [...before, one.name()]
    return one.commands.length > 0 ? pathsOf(one, path) : [path.join(' ')]
  })
}

async function run(path: string, args: string[], things: Things) {
  const { access_key: accessKey, secret_key: secretKey } = asker.account
  const key = ['--endpoint', server.endpoint, '--access-key', accessKey, '--secret-key', secretKey]
  const { code, out, err } = await runCommand('/nowhere', ...path.split(' '), ...args, ...key)
  return { code, text: normalText(out + err, things) }
}

describe('commands with another account’s key', () => {
  it('have an entry each', () => {
    expect(Object.keys(commandCases).sort()).toEqual(pathsOf(createProgram({})).sort())
  })

  for (const [path, asks] of Object.entries(commandCases)) {
    if ('local' in asks) continue
    it(`${path} says the same of another’s things as of nobody’s`, async () => {
      const said = (things: Things) => Promise.all(asks(things).map((args) => run(path, args, things)))
      const [ofNobody, ofOther] = await Promise.all([said(nobody), said(other.things)])
      expect(ofOther).toEqual(ofNobody)
      for (const { text } of ofNobody) expect(namedIn(text, other.things)).toEqual([])
    })
  }
})
