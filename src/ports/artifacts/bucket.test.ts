import { randomBytes, randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import {
  ownerVariables,
  startVersitygw,
  strangerVariables,
  type TestStore,
  withVersitygw,
} from '../../../test/harness/versitygw.ts'
import { artifactsContract } from './artifacts.contract.ts'
import { type Artifacts, ArtifactsUnavailable } from './artifacts.ts'
import { openArtifactBucket } from './bucket.ts'

const never = new AbortController().signal
const partBytes = 5 * 1024 ** 2
const part = randomBytes(partBytes + 1)

function asUser(variables: Record<string, string>): void {
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value)
}

async function* some(text = 'some bytes') {
  yield Buffer.from(text)
}

withVersitygw(() => {
  let store: TestStore
  const opened: Artifacts[] = []
  beforeAll(async () => {
    store = await startVersitygw()
    asUser(ownerVariables)
  })
  afterAll(() => store.stop())
  afterEach(() => {
    asUser(ownerVariables)
    for (const artifacts of opened.splice(0)) artifacts.close()
  })

  const placeIn = (bucket: string, prefix: string) => ({
    ...{ bucket, prefix, endpoint: store.endpoint, region: null, isPathStyle: true },
  })
  const openIn = async (bucket: string, prefix = '', options: object = { partBytes }) => {
    const artifacts = await openArtifactBucket(placeIn(bucket, prefix), options)
    opened.push(artifacts)
    return artifacts
  }
  const newBucket = async () => {
    const bucket = `files-${randomUUID()}`
    await store.createBucket(bucket)
    return bucket
  }
  const contractIn = (prefix: string, options: object) => async () => {
    const bucket = await newBucket()
    const list = async () => {
      const keys = [...(await store.keys(bucket)), ...(await store.uploads(bucket))].sort()
      for (const key of keys) expect(key.startsWith(prefix)).toBe(true)
      return keys.map((key) => key.slice(prefix.length))
    }
    return { artifacts: await openIn(bucket, prefix, options), list }
  }

  artifactsContract('A bucket, by parts,', contractIn('', { partBytes }))
  artifactsContract('A prefix of a bucket, whole,', contractIn('fluxport/files/', {}))

  describe('a bucket of artifacts', () => {
    it('leaves what lies beside its prefix alone, and is empty without a file or an upload of its own', async () => {
      const bucket = await newBucket()
      const [mine, others] = [await openIn(bucket, 'a/'), await openIn(bucket, 'ab/')]
      await others.put('task/x.csv', some(), never)
      expect([await mine.isEmpty(), await others.isEmpty()]).toEqual([true, false])
      await mine.put('task/x.csv', some(), never)
      await mine.removeUnder('task')
      expect(await store.keys(bucket)).toEqual(['ab/task/x.csv'])
      const chunks = async function* () {
        yield part
        expect(await mine.isEmpty()).toBe(false)
      }
      await mine.put('task/y.csv', chunks(), never)
    })

    it('loses no byte and doubles none when the store goes away and comes back in the middle', async () => {
      const artifacts = await openIn(await newBucket())
      const chunks = async function* () {
        yield part
        yield part
        await store.down()
        const back = store.up()
        yield part
        await back
      }
      const put = await artifacts.put('a', chunks(), never).catch((error) => error)
      if (put instanceof Error) expect(put).toBeInstanceOf(ArtifactsUnavailable)
      expect(await artifacts.size('a')).toBe(put instanceof Error ? null : 3 * part.length)
    })

    it('says that it is unavailable while nobody answers, and is itself again afterwards', async () => {
      const artifacts = await openIn(await newBucket())
      await artifacts.put('a', some(), never)
      await store.down()
      const asks = [() => artifacts.size('a'), () => artifacts.open('a'), () => artifacts.put('b', some(), never)]
      for (const ask of asks)
        await expect(ask()).rejects.toThrow(/cannot be used: http.* cannot be reached: nothing listens there/)
      expect(await artifacts.problem()).toContain('nothing listens there')
      await store.up()
      expect([await artifacts.problem(), await artifacts.size('a')]).toEqual([null, 10])
      const failed = [...(artifacts.requests?.() ?? [])].filter(({ outcome }) => outcome === 'failed')
      expect(failed.map(({ operation }) => operation)).toContain('PutObject')
    })
  })

  describe('an upload that nobody goes on with', () => {
    it('is removed once it is quiet for long enough, and its put fails', async () => {
      const bucket = await newBucket()
      const [patient, hasty] = [await openIn(bucket), await openIn(bucket, '', { quietMs: -60_000 })]
      const removed: number[] = []
      const chunks = async function* () {
        yield part
        yield part
        removed.push(await patient.removeAbandoned(), await hasty.removeAbandoned())
        yield part
      }
      await expect(patient.put('a', chunks(), never)).rejects.toThrow(ArtifactsUnavailable)
      expect(removed).toEqual([0, 1])
      expect([...(await store.keys(bucket)), ...(await store.uploads(bucket))]).toEqual([])
    })
  })

  describe('a start says what is wrong', () => {
    it.each([
      ['a wrong secret', { AWS_SECRET_ACCESS_KEY: 'another' }, 'the secret key is not that of the access key'],
      ['an unknown key', { AWS_ACCESS_KEY_ID: 'nobody' }, 'the store does not know the access key'],
      ['a user without rights', strangerVariables, 'the credentials may not do that: they need s3:ListBucket'],
    ])('of %s', async (_, variables, reason) => {
      const bucket = await newBucket()
      asUser(variables)
      await expect(openIn(bucket)).rejects.toThrow(reason)
      await expect(openIn(bucket)).rejects.not.toThrow(/secret-of-the|another|nobody/)
    })

    it('of a bucket that is not there', async () => {
      await expect(openIn('no-such-bucket')).rejects.toThrow('there is no bucket no-such-bucket')
    })

    it('and leaves nothing in the bucket, when all is well', async () => {
      const bucket = await newBucket()
      await openIn(bucket)
      expect([...(await store.keys(bucket)), ...(await store.uploads(bucket))]).toEqual([])
    })
  })
})
