/**
 * The engine's process: loads the engine's library and runs its local mode with a listener on loopback. engine-host.ts
 * starts it with its confinement, as JSON, and the engine's arguments. It ends when its standard input closes, which
 * the kernel does when the parent is gone, for whatever reason.
 */
import { libchdbPath } from 'chdb/libchdb'
import { DataType, load, open } from 'ffi-rs'
import { type Confinement, confine } from './landlock.ts'

process.stdin.on('end', () => process.kill(process.pid, 'SIGKILL'))
process.stdin.on('error', () => process.kill(process.pid, 'SIGKILL'))
process.stdin.resume()

const [confinementText = '', ...engineArguments] = process.argv.slice(2)
open({ library: 'chdb', path: libchdbPath() })
// Confine after the library is loaded, and before any statement runs; the host checks that it works.
const isConfined = await confine(JSON.parse(confinementText) as Confinement)
if (!isConfined) console.error('This kernel has no landlock: the engine reads what its user may read')
// A separate thread: the call returns only when the engine ends, and this thread watches the parent meanwhile.
await load({
  library: 'chdb',
  funcName: 'chdb_query_cmdline',
  retType: DataType.External,
  paramsType: [DataType.I32, DataType.StringArray],
  paramsValue: [engineArguments.length, engineArguments],
  runInNewThread: true,
})
// Reached only when the engine ended by itself, which is a failure: it should run for ever.
process.exit(1)
