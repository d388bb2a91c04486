import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { accessSync, constants } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { CreateBucketCommand, ListMultipartUploadsCommand, ListObjectsCommand, S3Client } from '@aws-sdk/client-s3'
import { describe } from 'vitest'
import { temporaryDirectory } from './directory.ts'
import { freePort } from './free-port.ts'

/** The release that .ci/versitygw builds. */
const built = fileURLToPath(new URL('../../node_modules/.cache/versitygw/versitygw-1.8.0', import.meta.url))
const startMsMax = 30_000

/** Credentials of the store's owner, as variables of the SDK, and of a user without any right. */
export const ownerVariables = { AWS_ACCESS_KEY_ID: 'test-owner', AWS_SECRET_ACCESS_KEY: 'secret-of-the-owner' }
export const strangerVariables = { AWS_ACCESS_KEY_ID: 'test-stranger', AWS_SECRET_ACCESS_KEY: 'secret-of-the-stranger' }

/** A versitygw of a test's own on loopback. It checks signatures, conditions, parts and their checksums. */
export type TestStore = {
  endpoint: string
  /** Makes an empty bucket. */
  createBucket(name: string): Promise<void>
  keys(bucket: string): Promise<string[]>
  /** Keys of uploads that are neither completed nor removed. */
  uploads(bucket: string): Promise<string[]>
  /** Ends the program at once; what it stores stays. */
  down(): Promise<void>
  /** Starts it again, at the same address. */
  up(): Promise<void>
  stop(): Promise<void>
}

const isProgram = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** The program: of the cache, or of `PATH`; null without one. */
export function findVersitygw(): string | null {
  const paths = (process.env['PATH'] ?? '').split(delimiter).map((directory) => join(directory, 'versitygw'))
  return [built, ...paths].find(isProgram) ?? null
}

/** Declares suites that need a store; without the program they are skipped, and say why. */
export function withVersitygw(suites: () => void): void {
  if (findVersitygw() !== null) return void describe('on versitygw', suites)
  const reason = 'versitygw (skipped: .ci/versitygw builds it, with Go)'
  console.warn(reason)
  describe.skip(reason, suites)
}

export async function startVersitygw(): Promise<TestStore> {
  const program = findVersitygw()
  if (program === null) throw new Error('there is no versitygw')
  const place = await temporaryDirectory()
  const [objects, users] = [join(place.path, 'objects'), join(place.path, 'users')]
  for (const directory of [objects, users]) await mkdir(directory)
  const port = await freePort()
  const endpoint = `http://127.0.0.1:${port}`
  const launch = () => launched(program, { port, objects, users })
  let child = await launch()
  const admin = ['admin', '--access', ownerVariables.AWS_ACCESS_KEY_ID]
  admin.push('--secret', ownerVariables.AWS_SECRET_ACCESS_KEY, '--endpoint-url', endpoint)
  const { AWS_ACCESS_KEY_ID: stranger, AWS_SECRET_ACCESS_KEY: secret } = strangerVariables
  await promisify(execFile)(program, [...admin, 'create-user', '-a', stranger, '-s', secret, '-r', 'user'])
  const client = clientOf(endpoint)
  return {
    endpoint,
    createBucket: async (Bucket) => {
      await client.send(new CreateBucketCommand({ Bucket }))
    },
    keys: async (Bucket) => {
      const { Contents = [] } = await client.send(new ListObjectsCommand({ Bucket }))
      return Contents.map(({ Key = '' }) => Key)
    },
    uploads: async (Bucket) => {
      const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket }))
      return Uploads.map(({ Key = '' }) => Key)
    },
    down: () => end(child),
    up: async () => {
      child = await launch()
    },
    stop: async () => {
      client.destroy()
      await end(child)
      await place.remove()
    },
  }
}

function clientOf(endpoint: string): S3Client {
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true'
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = ownerVariables
  const credentials = { accessKeyId, secretAccessKey }
  return new S3Client({ endpoint, credentials, region: 'us-east-1', forcePathStyle: true })
}

async function launched(program: string, { port, objects, users }: { port: number; objects: string; users: string }) {
  const args = ['--port', `127.0.0.1:${port}`, '--quiet', '--health', '/health', '--iam-dir', users, 'posix', objects]
  const { AWS_ACCESS_KEY_ID: ROOT_ACCESS_KEY, AWS_SECRET_ACCESS_KEY: ROOT_SECRET_KEY } = ownerVariables
  const child = spawn(program, args, { stdio: 'ignore', env: { ...process.env, ROOT_ACCESS_KEY, ROOT_SECRET_KEY } })
  for (const deadlineMs = Date.now() + startMsMax; ; await delay(50)) {
    const answer = await fetch(`http://127.0.0.1:${port}/health`).catch(() => null)
    if (answer?.ok) return child
    if (Date.now() < deadlineMs && child.exitCode === null) continue
    child.kill('SIGKILL')
    throw new Error('versitygw did not start')
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.kill('SIGKILL')
  await exited
}
