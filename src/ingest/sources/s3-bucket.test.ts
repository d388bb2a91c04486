import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { AppError } from '../../errors.ts'
import { logFormats } from '../formats/known-formats.ts'
import type { BucketSettings } from './buckets/bucket-settings.ts'
import { openS3Bucket } from './buckets/s3-bucket.ts'
import { parseSources } from './source-settings.ts'

const object = { key: 'logs/a.log', etag: '1', sizeBytes: 10, modifiedMs: Date.parse('2026-09-01T00:00:00Z') }
const env = { KEY: 'the-key', SECRET: 'the-secret' }
const defaults = { serviceArea: 'by_country', timeZone: 'UTC', rejectedPercentMax: 10, formats: logFormats }
const noSignal = new AbortController().signal
const headersOf = (etag: string, sizeBytes: number) => ({
  etag,
  'content-length': String(sizeBytes),
  'last-modified': new Date(object.modifiedMs).toUTCString(),
})

/** A store that answers as it is told, such as real ones do when something is wrong. */
async function storeThat(answers: RequestListener, more: object = {}) {
  const store = createServer(answers).listen(0, '127.0.0.1')
  await once(store, 'listening')
  const endpoint = `http://127.0.0.1:${(store.address() as AddressInfo).port}`
  const credentials = { access_key_env: 'KEY', secret_key_env: 'SECRET' }
  const source = {
    kind: 'bucket',
    name: 'x',
    bucket: 'logs',
    prefix: 'logs/',
    endpoint,
    path_style: true,
    ...credentials,
  }
  const [settings] = parseSources(JSON.stringify({ sources: [{ ...source, ...more }] }), '/', defaults)
  const bucket = await openS3Bucket(settings as BucketSettings, env)
  onTestFinished(() => {
    bucket.close()
    store.closeAllConnections()
    store.close()
  })
  return bucket
}

const textOf = async (body: AsyncIterable<Uint8Array> | null) => {
  let text = ''
  for await (const piece of body ?? []) text += Buffer.from(piece).toString()
  return body && text
}
const errorXml = (code: string) =>
  `<?xml version="1.0"?><Error><Code>${code}</Code><Message>about the-key and the-secret</Message></Error>`

describe('an object of a store', () => {
  it('is asked for as it was listed, and signed', async () => {
    let asked: Record<string, unknown> = {}
    const bucket = await storeThat((request, response) => {
      asked = { url: request.url, ...request.headers }
      response.writeHead(200, headersOf('"1"', 10)).end('0123456789')
    })
    expect(await textOf(await bucket.read(object, noSignal))).toBe('0123456789')
    expect(asked).toMatchObject({ url: '/logs/logs/a.log?x-id=GetObject', 'if-match': '"1"' })
    expect(asked['authorization']).toMatch(/^AWS4-HMAC-SHA256 Credential=the-key\//)
  })

  it.each<[string, string, RequestListener]>([
    [
      'breaks off',
      'broke off after 4 of 10 bytes',
      (_, response) => {
        response.writeHead(200, headersOf('"1"', 10)).write('0123')
        setTimeout(() => response.destroy(), 50)
      },
    ],
    [
      'is shorter than it was listed',
      'broke off after 4 of 10 bytes',
      (_, response) => {
        response.writeHead(200, headersOf('"1"', 4)).end('0123')
      },
    ],
    [
      'is longer than it was listed',
      'written anew',
      (_, response) => {
        response.writeHead(200, headersOf('"1"', 12)).end('0123456789ab')
      },
    ],
    [
      'is another by now',
      'written anew',
      (_, response) => {
        response.writeHead(412, { 'content-type': 'application/xml' }).end(errorXml('PreconditionFailed'))
      },
    ],
    [
      'is another, and the store does not care',
      'written anew',
      (_, response) => {
        response.writeHead(200, headersOf('"2"', 10)).end('0123456789')
      },
    ],
    [
      'may not be read',
      's3:GetObject',
      (_, response) => {
        response.writeHead(403, { 'content-type': 'application/xml' }).end(errorXml('AccessDenied'))
      },
    ],
    [
      'is archived',
      'restore it',
      (_, response) => {
        response.writeHead(403, { 'content-type': 'application/xml' }).end(errorXml('InvalidObjectState'))
      },
    ],
  ])('that %s is that object’s failure', async (_, reason, answers) => {
    const bucket = await storeThat(answers)
    const reading = (async () => textOf(await bucket.read(object, noSignal)))()
    await expect(reading).rejects.toThrow(AppError)
    await expect(reading).rejects.toThrow(reason)
  })

  it('that is not there is none', async () => {
    const bucket = await storeThat((_, response) => {
      response.writeHead(404, { 'content-type': 'application/xml' }).end(errorXml('NoSuchKey'))
    })
    expect(await bucket.read(object, noSignal)).toBeNull()
    expect(await bucket.head(object.key, noSignal)).toBeNull()
  })

  it('is removed on condition, without where the store knows none, and not when it is another', async () => {
    const asked: string[] = []
    let etag = '"1"'
    const bucket = await storeThat((request, response) => {
      asked.push(`${request.method} ${request.headers['if-match'] ?? '-'}`)
      if (request.method === 'HEAD') response.writeHead(200, headersOf(etag, 10)).end()
      else if (request.headers['if-match']) response.writeHead(501).end(errorXml('NotImplemented'))
      else response.writeHead(204).end()
    })
    expect(await bucket.remove(object)).toBe(true)
    etag = '"2"'
    expect(await bucket.remove(object)).toBe(false)
    expect(new Set(asked)).toEqual(new Set(['HEAD -', 'DELETE "1"', 'DELETE -']))
    expect(asked.at(-1)).toBe('HEAD -')
  })
})

describe('a store', () => {
  it.each([
    [403, 'AccessDenied', 's3:ListBucket and s3:GetObject'],
    [403, 'SignatureDoesNotMatch', 'the secret key is not that of the access key'],
    [404, 'NoSuchBucket', 'there is no bucket logs'],
    [301, 'PermanentRedirect', 'set region'],
    [418, 'Teapot', 'the store answers 418 (Teapot)'],
  ])('that answers %d %s is a state of the source, without what it says of keys', async (status, code, reason) => {
    const bucket = await storeThat((_, response) => {
      response.writeHead(status, { 'content-type': 'application/xml' }).end(errorXml(code))
    })
    const failure = await bucket.list('', noSignal).catch((error) => error)
    expect(failure).not.toBeInstanceOf(AppError)
    expect(failure.message).toContain(reason)
    expect(JSON.stringify([failure, failure.message, failure.stack, failure.cause])).not.toMatch(/the-key|the-secret/)
  })

  it('may say keys in a form that XML can hold', async () => {
    const contents = `<Contents><Key>logs/a+b%2Bc%01%E6%97%A5</Key><Size>1</Size><ETag>"1"</ETag>
      <LastModified>2026-09-01T00:00:00.000Z</LastModified></Contents>`
    const bucket = await storeThat((_, response) => {
      const encoding = '<EncodingType>url</EncodingType><IsTruncated>false</IsTruncated>'
      response
        .writeHead(200, { 'content-type': 'application/xml' })
        .end(`<?xml version="1.0"?><ListBucketResult>${encoding}${contents}</ListBucketResult>`)
    })
    const { objects } = await bucket.list('', noSignal)
    expect(objects).toEqual([{ key: 'logs/a b+c\u0001日', sizeBytes: 1, etag: '1', modifiedMs: object.modifiedMs }])
  })

  it('whose listing does not go on is not listed for ever', async () => {
    const bucket = await storeThat((_, response) => {
      const contents = '<IsTruncated>true</IsTruncated><Contents><Key>logs/a</Key><Size>1</Size></Contents>'
      response
        .writeHead(200, { 'content-type': 'application/xml' })
        .end(`<?xml version="1.0"?><ListBucketResult>${contents}</ListBucketResult>`)
    })
    await expect(bucket.list('logs/a', noSignal)).rejects.toThrow('does not go on')
  })

  it('needs a region where it has no endpoint', async () => {
    const text = JSON.stringify({ sources: [{ kind: 'bucket', name: 'x', bucket: 'logs' }] })
    const [settings] = parseSources(text, '/', defaults)
    const before = { ...process.env }
    for (const name of ['AWS_REGION', 'AWS_DEFAULT_REGION']) delete process.env[name]
    Object.assign(process.env, { AWS_CONFIG_FILE: '/dev/null', AWS_SHARED_CREDENTIALS_FILE: '/dev/null' })
    // Changes the environment object in place: the process's own code would read a replaced one as before.
    onTestFinished(() => {
      for (const name of ['AWS_CONFIG_FILE', 'AWS_SHARED_CREDENTIALS_FILE']) delete process.env[name]
      Object.assign(process.env, before)
    })
    await expect(openS3Bucket(settings as BucketSettings, {})).rejects.toThrow('region is missing')
  })
})
