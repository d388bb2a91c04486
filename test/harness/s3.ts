import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  ListObjectsCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { temporaryDirectory } from './directory.ts'

/**
 * An S3 server of a test's own on loopback, a process of its own: s3rver, which knows the key S3RVER alone, believes every
 * secret, and knows no conditions.
 */
export type TestS3 = {
  endpoint: string
  /** One bucket of it, for people who put logs there. */
  put(key: string, body: string | Buffer): Promise<void>
  /** Many at once, straight to where the server keeps them: requests take their time. */
  putMany(objects: readonly (readonly [string, string | Buffer])[]): Promise<void>
  remove(key: string): Promise<void>
  keys(): Promise<string[]>
  /** Ends the server; its objects stay. */
  down(): Promise<void>
  /** Starts it again, at the same place. */
  up(): Promise<void>
  stop(): Promise<void>
}

export const bucketName = 'logs'

/** Where the tests' sources find the credentials. */
export const credentialVariables = { FLUXPORT_TEST_S3_KEY: 'S3RVER', FLUXPORT_TEST_S3_SECRET: 'S3RVER' }

const program = join(dirname(createRequire(import.meta.url).resolve('s3rver/package.json')), 'bin', 's3rver.js')

export async function startTestS3(): Promise<TestS3> {
  const place = await temporaryDirectory()
  const directory = join(place.path, 'objects')
  await mkdir(directory)
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true'
  let running = await launch(directory, 0)
  const { port } = running
  const endpoint = `http://127.0.0.1:${port}`
  const credentials = { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' }
  const options = { endpoint, credentials, region: 'us-east-1', forcePathStyle: true }
  const client = new S3Client({ ...options, requestChecksumCalculation: 'WHEN_REQUIRED' })
  const Bucket = bucketName
  await client.send(new CreateBucketCommand({ Bucket }))
  const put = async (Key: string, Body: string | Buffer) => {
    await client.send(new PutObjectCommand({ Bucket, Key, Body: Buffer.from(Body) }))
  }
  return {
    endpoint,
    put,
    putMany: async (objects) => {
      for (const [key, body] of objects) {
        const path = join(directory, Bucket, `${key}._S3rver_object`)
        await mkdir(dirname(path), { recursive: true })
        await writeFile(join(place.path, 'coming'), body)
        await rename(join(place.path, 'coming'), path)
      }
    },
    remove: async (Key) => {
      await client.send(new DeleteObjectCommand({ Bucket, Key }))
    },
    keys: async () => {
      const { Contents = [] } = await client.send(new ListObjectsCommand({ Bucket }))
      return Contents.map(({ Key = '' }) => Key)
    },
    down: () => end(running.child),
    up: async () => {
      running = await launch(directory, port)
    },
    stop: async () => {
      client.destroy()
      await end(running.child)
      await place.remove()
    },
  }
}

async function launch(directory: string, port: number): Promise<{ child: ChildProcess; port: number }> {
  const args = [program, '-d', directory, '-a', '127.0.0.1', '-p', String(port), '-s', '--no-vhost-buckets']
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'] })
  for await (const line of createInterface({ input: child.stdout })) {
    const said = /listening on .*:(\d+)$/.exec(line)
    if (!said) continue
    child.stdout.resume()
    return { child, port: Number(said[1]) }
  }
  throw new Error('s3rver did not start')
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.kill('SIGKILL')
  await exited
}

/** A bucket that is looked at all the time: tests need not wait. */
export const quickBucket = (s3: Pick<TestS3, 'endpoint'>, more: object = {}) => ({
  kind: 'bucket',
  name: 'logs',
  bucket: bucketName,
  endpoint: s3.endpoint,
  path_style: true,
  access_key_env: 'FLUXPORT_TEST_S3_KEY',
  secret_key_env: 'FLUXPORT_TEST_S3_SECRET',
  look_seconds: 0.2,
  ...more,
})
