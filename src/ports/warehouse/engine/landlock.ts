import { closeSync, constants, existsSync, openSync, statSync } from 'node:fs'
import { DataType, load, open } from 'ffi-rs'

/** The only rights that a confined process keeps; the kernel refuses everything else. */
export type Confinement = {
  /** Directories in which files may be read, made, changed and removed. */
  writable: readonly string[]
  /** Directories and files that may be read; missing ones are left out. */
  readable: readonly string[]
  /** The only TCP port to listen on; outgoing connections are refused. */
  tcpPort: number
}

/** Numbers of Linux' landlock(7), the same on every architecture. */
const systemCalls = { createRuleset: 444, addRule: 445, restrictSelf: 446 } as const
const createVersion = 1
const rules = { pathBeneath: 1, netPort: 2 } as const
const bindTcp = 1n
const bothTcp = 3n
const noNewPrivileges = 38

/** Bits of rights to files. All rights that the kernel's version of the interface knows are handled. */
const readFile = 1n << 2n
const readDirectory = 1n << 3n
const writeFile = 1n << 1n
const execute = 1n
const truncate = 1n << 14n
/** Number of rights to files by the interface's version. Before 2 nothing can be renamed into another directory. */
const rightCounts: Record<number, number> = { 2: 14, 3: 15, 4: 15 }
const rightCountNow = 16
const versionMin = 2
const versionOfNet = 4

/** Facts that the engine reads of the machine: random bytes, host names, load. Nothing about other processes. */
const machinePaths = [
  ...['/dev/urandom', '/dev/random', '/etc/hosts', '/etc/host.conf', '/etc/nsswitch.conf', '/etc/resolv.conf'],
  ...[
    '/etc/localtime',
    '/proc/cpuinfo',
    '/proc/loadavg',
    '/proc/meminfo',
    '/proc/pressure',
    '/proc/self',
    '/proc/stat',
  ],
  ...['/proc/sys', '/proc/uptime', '/sys'],
]

/** Opens a path only to name it, which needs no right to its content. The same number on x86-64 and arm64. */
const openPath = 0o10000000

/**
 * Confines for good the calling thread and the only thread of libuv's pool, where library calls run; and with them
 * every thread and process that they start. Node's other threads, which run no engine, stay unconfined.
 * @returns false when the kernel has no landlock, or too old a version
 * @throws Error when the kernel refuses a rule
 */
export async function confine(confinement: Confinement): Promise<boolean> {
  if (process.env['UV_THREADPOOL_SIZE'] !== '1') throw new Error('the pool must have one thread: UV_THREADPOOL_SIZE=1')
  if (process.platform !== 'linux') return false
  open({ library: 'libc', path: 'libc.so.6' })
  const version = call([systemCalls.createRuleset, 0, 0, createVersion])
  if (version < versionMin) return false
  const all = (1n << BigInt(rightCounts[version] ?? rightCountNow)) - 1n
  const hasNet = version >= versionOfNet
  const attributes = Buffer.alloc(hasNet ? 16 : 8)
  attributes.writeBigUInt64LE(all)
  if (hasNet) attributes.writeBigUInt64LE(bothTcp, 8)
  const ruleset = checked('landlock_create_ruleset', callWith(systemCalls.createRuleset, attributes, attributes.length))
  for (const path of confinement.writable) addPath(ruleset, path, all & ~execute)
  for (const path of confinement.readable) addPath(ruleset, path, readFile | readDirectory)
  for (const path of machinePaths) addPath(ruleset, path, readFile | readDirectory)
  addPath(ruleset, '/dev/null', readFile | writeFile | (all & truncate))
  if (hasNet) addPort(ruleset, confinement.tcpPort)
  for (const runInNewThread of [true, false]) {
    checked('prctl', await callOn(runInNewThread, 'prctl', [noNewPrivileges, 1, 0, 0, 0]))
    checked(
      'landlock_restrict_self',
      await callOn(runInNewThread, 'syscall', [systemCalls.restrictSelf, ruleset, 0, 0]),
    )
  }
  closeSync(ruleset)
  return true
}

function addPath(ruleset: number, path: string, rights: bigint): void {
  if (!existsSync(path)) return
  const isDirectory = statSync(path).isDirectory()
  const parent = openSync(path, constants.O_RDONLY | openPath)
  const rule = Buffer.alloc(12)
  rule.writeBigUInt64LE(isDirectory ? rights : rights & (readFile | writeFile | truncate))
  rule.writeInt32LE(parent, 8)
  addRule(ruleset, rules.pathBeneath, rule, path)
  closeSync(parent)
}

function addPort(ruleset: number, port: number): void {
  const rule = Buffer.alloc(16)
  rule.writeBigUInt64LE(bindTcp)
  rule.writeBigUInt64LE(BigInt(port), 8)
  addRule(ruleset, rules.netPort, rule, `port ${port}`)
}

const addRule = (ruleset: number, kind: number, rule: Buffer, what: string) =>
  checked(
    `landlock_add_rule of ${what}`,
    Number(
      load({
        library: 'libc',
        funcName: 'syscall',
        retType: DataType.I64,
        paramsType: [DataType.I64, DataType.I64, DataType.I64, DataType.U8Array, DataType.I64],
        paramsValue: [systemCalls.addRule, ruleset, kind, rule, 0],
      }),
    ),
  )

const callWith = (number: number, bytes: Buffer, last: number) =>
  Number(
    load({
      library: 'libc',
      funcName: 'syscall',
      retType: DataType.I64,
      paramsType: [DataType.I64, DataType.U8Array, DataType.I64, DataType.I64],
      paramsValue: [number, bytes, last, 0],
    }),
  )

const call = (values: number[]) => Number(load(numbersOnly('syscall', values)))

/** @param runInNewThread true: on the pool's thread instead of this one */
const callOn = async (runInNewThread: boolean, funcName: 'syscall' | 'prctl', values: number[]) =>
  Number(await load({ ...numbersOnly(funcName, values), runInNewThread }))

const numbersOnly = (funcName: 'syscall' | 'prctl', values: number[]) => ({
  library: 'libc',
  funcName,
  retType: DataType.I64 as const,
  paramsType: values.map(() => DataType.I64 as const),
  paramsValue: values,
})

function checked(what: string, result: number): number {
  if (result < 0) throw new Error(`${what} answers ${result}`)
  return result
}
