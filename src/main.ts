#!/usr/bin/env node
import { inspect } from 'node:util'
import { ClientError } from './cli/client.ts'
import { createProgram } from './cli/program.ts'
import { endWithReader, printAside } from './cli/terminal.ts'

/**
 * The program's one entry: runs a command. A failure prints one sentence and exits with status 1; FLUXPORT_DEBUG=1 adds
 * the stack.
 */
endWithReader()
try {
  await createProgram(process.env).parseAsync(process.argv)
} catch (error) {
  const text = error instanceof Error ? error.message : String(error)
  const isDebugging = process.env['FLUXPORT_DEBUG'] === '1' && !(error instanceof ClientError)
  printAside(isDebugging ? inspect(error) : `fluxport: ${text}`)
  process.exitCode = 1
}
