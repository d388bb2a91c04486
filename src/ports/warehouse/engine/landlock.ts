import { closeSync, constants, existsSync, openSync, statSync } from 'node:fs'
import { DataType, load, open } from 'ffi-rs'

/** What a process may do from now on; everything else is refused to it by the kernel. */
export type Confinement = {
  /** Directories in which files may be read, made, changed and removed. */
  writable: readonly string[]
  /** Directories and files that may be read. What is not there is left out. */
  readable: readonly string[]
  /** The one TCP port that may be listened on; connections are made to none. */
  tcpPort: number
}

/** Numbers of Linux' landlock(7), the same on every architecture. */
const systemCalls = { createRuleset: 444, addRule: 445, restrictSelf: 446 } as const
const createVersion = 1
const rules = { pathBeneath: 1, netPort: 2 } as const
const bindTcp = 1n
const bothTcp = 3n
const noNewPrivileges = 38

/** Bits of a right to files. Everything up to the last that a version of the kernel's interface knows is handled. */
const readFile = 1n << 2n
const readDirectory = 1n << 3n
const writeFile = 1n << 1n
const execute = 1n
const truncate = 1n << 14n
/** By the interface's version: how many rights to files there are. Before 2 nothing can be renamed into another directory. */
const rightCounts: Record<number, number> = { 2: 14, 3: 15, 4: 15 }
const rightCountNow = 16
const versionMin = 2
const versionOfNet = 4

/** What the engine asks of the machine: chance, names of hosts, and how busy it is. Nothing of other processes. */
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

/** Opens a path to name it alone: no right to what lies there is needed. The same number on x86-64 and arm64. */
const openPath = 0o10000000

/**
 * Confines the calling thread and the one thread of libuv's pool, where calls of libraries run, for good; and with them
 * every thread and process that they start. Other threads of Node, which run no engine, are left as they are.
 * @returns false when the kernel has no landlock, or one that is too old
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

/** @param runInNewThread on the pool's thread instead of this one */
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
