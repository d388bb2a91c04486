import { createDecipheriv, randomBytes } from 'node:crypto'
import { chmod, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loadMasterKey, openSecretBox, parseMasterKey } from './secret-box.ts'

const masterKey = Buffer.from(Array.from({ length: 32 }, (_, index) => index))
const masterKeyText = 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8='

describe('a secret box', () => {
  const box = openSecretBox(masterKey)

  it('opens what it sealed, in its context and in no other', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (plain, context) => {
        const sealed = box.seal(plain, context)
        expect(box.open(sealed, context)).toBe(plain)
        expect(() => box.open(sealed, `${context}x`)).toThrow(Error)
      }),
    )
  })

  it('seals to text of the first version that differs each time and does not hold the secret', () => {
    const sealed = box.seal('made-up-secret', 'key-1')
    expect(sealed).toMatch(/^v1\.[\w-]{16}\.[\w-]{19}\.[\w-]{22}$/)
    expect(box.seal('made-up-secret', 'key-1')).not.toBe(sealed)
  })

  it('opens what an earlier release sealed', () => {
    const sealed = 'v1.AAECAwQFBgcICQoL.3dEW7C2ANPYfAGJAAfA_H4A.6qc32iTQHHXtqu1BoHi1dA'
    expect(box.open(sealed, 'key-1')).toBe('made-up-secret/é')
  })

  it('throws when any one character is altered, removed or added', () => {
    for (const plain of ['a', 'ab', 'abc', '']) {
      const sealed = box.seal(plain, 'key-1')
      for (let at = 0; at < sealed.length; at++) {
        for (const other of 'AQgwB._=1') {
          if (sealed[at] === other) continue
          expect(() => box.open(sealed.slice(0, at) + other + sealed.slice(at + 1), 'key-1'), `at ${at}`).toThrow(Error)
        }
        expect(() => box.open(sealed.slice(0, at) + sealed.slice(at + 1), 'key-1'), `without ${at}`).toThrow(Error)
        expect(() => box.open(`${sealed.slice(0, at)} ${sealed.slice(at)}`, 'key-1'), `space at ${at}`).toThrow(Error)
      }
      expect(() => box.open(`${sealed}\n`, 'key-1')).toThrow(Error)
    }
  })

  it('throws at a tag that was cut to what GCM would still accept', () => {
    const [version, iv, ciphertext, tag] = box.seal('secret', 'key-1').split('.')
    const shortTag = Buffer.from(tag ?? '', 'base64url')
      .subarray(0, 4)
      .toString('base64url')
    expect(() => box.open([version, iv, ciphertext, shortTag].join('.'), 'key-1')).toThrow('damaged')
  })

  it('throws at text that was never sealed', () => {
    for (const text of ['', 'v1', 'v1...', 'v2.a.b.c', 'made-up-secret', 'v1.a.b.c.d']) {
      expect(() => box.open(text, 'key-1'), text).toThrow('damaged, or not a sealed secret')
    }
  })

  it('does not open under another master key', () => {
    const other = openSecretBox(randomBytes(32))
    expect(() => other.open(box.seal('secret', 'key-1'), 'key-1')).toThrow('another master key')
  })

  it.each([0, 16, 31, 33, 64])('refuses a master key of %i bytes', (length) => {
    expect(() => openSecretBox(Buffer.alloc(length))).toThrow(`not ${length}`)
  })

  it('keeps a copy of its key, so that the caller may wipe it', () => {
    const key = Buffer.from(masterKey)
    const copied = openSecretBox(key)
    key.fill(0)
    expect(copied.derive('download-links')).toEqual(box.derive('download-links'))
  })
})

describe('a derived key', () => {
  const box = openSecretBox(masterKey)

  it('is the HKDF-SHA256 of its purpose, as computed by hand', () => {
    expect(box.derive('download-links').toString('hex')).toBe(
      'bf1dcadf3d40ea81a104a0e23e5a93b455ae3ba8bc23ce3155f35b31a17bcd4b',
    )
  })

  it('is another for another purpose and for another master key', () => {
    expect(box.derive('download-links')).not.toEqual(box.derive('console-sessions'))
    expect(box.derive('download-links')).not.toEqual(openSecretBox(randomBytes(32)).derive('download-links'))
  })

  it('does not open what is sealed, and neither does the master key', () => {
    const [, iv, ciphertext, tag] = box.seal('secret', 'key-1').split('.')
    const part = (text: string | undefined) => Buffer.from(text ?? '', 'base64url')
    for (const key of [masterKey, box.derive(''), box.derive('seal'), box.derive('fluxport seal v1')]) {
      const decipher = createDecipheriv('aes-256-gcm', key, part(iv)).setAAD(Buffer.from('key-1')).setAuthTag(part(tag))
      decipher.update(part(ciphertext))
      expect(() => decipher.final()).toThrow()
    }
  })
})

describe('parseMasterKey', () => {
  it.each([
    { why: 'base64 of 32 bytes', text: masterKeyText },
    { why: 'white space around it', text: `\n ${masterKeyText}\r\n` },
  ])('reads $why', ({ text }) => {
    expect(parseMasterKey(text)).toEqual(masterKey)
  })

  it.each([
    { why: 'nothing', text: '' },
    { why: '31 bytes', text: Buffer.alloc(31).toString('base64') },
    { why: '33 bytes', text: Buffer.alloc(33).toString('base64') },
    { why: 'hex', text: masterKey.toString('hex') },
    { why: 'a missing equals sign', text: masterKeyText.slice(0, -1) },
    { why: 'the alphabet for URLs', text: Buffer.alloc(32, 0xff).toString('base64url') },
    { why: 'stray characters', text: `${masterKeyText.slice(0, 20)} ${masterKeyText.slice(20)}` },
    { why: 'spare bits that are set', text: masterKeyText.replace('8=', '9=') },
    { why: 'two keys', text: `${masterKeyText}\n${masterKeyText}` },
  ])('refuses $why with a sentence that does not hold it', ({ text }) => {
    expect(() => parseMasterKey(text)).toThrow(
      /^The master key must be 32 bytes in base64, which is 44 characters ending in "="$/,
    )
  })
})

describe('loadMasterKey', () => {
  let directory = ''
  let path = ''
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'fluxport-master-key-'))
    path = join(directory, 'master.key')
  })
  afterEach(() => rm(directory, { recursive: true }))

  it('creates a random key that only the owner may read, and nothing beside it', async () => {
    const key = await loadMasterKey(path)
    expect(key).toHaveLength(32)
    expect(key.equals(Buffer.alloc(32))).toBe(false)
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect(await readFile(path, 'utf8')).toBe(`${key.toString('base64')}\n`)
    expect(await readdir(directory)).toEqual(['master.key'])
  })

  it('gives the same key at the next start', async () => {
    const key = await loadMasterKey(path)
    expect(await loadMasterKey(path)).toEqual(key)
  })

  it('gives one key to all who start at the same moment', async () => {
    const keys = await Promise.all(Array.from({ length: 20 }, () => loadMasterKey(path)))
    expect(new Set(keys.map((key) => key.toString('hex'))).size).toBe(1)
    expect(await loadMasterKey(path)).toEqual(keys[0])
    expect(await readdir(directory)).toEqual(['master.key'])
  })

  it('has mode 0600 under any umask', async () => {
    const umask = process.umask(0o777)
    try {
      await loadMasterKey(path)
    } finally {
      process.umask(umask)
    }
    expect((await stat(path)).mode & 0o777).toBe(0o600)
  })

  it('reads a key that the operator put there, also one that may not be written', async () => {
    await writeFile(path, masterKeyText, { mode: 0o400 })
    expect(await loadMasterKey(path)).toEqual(masterKey)
  })

  it.each([0o640, 0o604, 0o660, 0o644, 0o620])('refuses a file of mode %o, named in the error', async (mode) => {
    await writeFile(path, masterKeyText)
    await chmod(path, mode)
    await expect(loadMasterKey(path)).rejects.toThrow(`${path} cannot be used: it has mode 0${mode.toString(8)}`)
  })

  it.each(['', 'not a key', `${masterKeyText.slice(0, 30)}`])(
    'refuses and keeps a file that holds "%s"',
    async (text) => {
      await writeFile(path, text, { mode: 0o600 })
      await expect(loadMasterKey(path)).rejects.toThrow(`${path} cannot be used: The master key must be 32 bytes`)
      expect(await readFile(path, 'utf8')).toBe(text)
    },
  )

  it('refuses a directory, a broken link and a path in no directory, and leaves nothing behind', async () => {
    await expect(loadMasterKey(directory)).rejects.toThrow(Error)
    await symlink(join(directory, 'nowhere'), path)
    await expect(loadMasterKey(path)).rejects.toThrow('broken link')
    await expect(loadMasterKey(join(directory, 'absent', 'master.key'))).rejects.toThrow('ENOENT')
    expect(await readdir(directory)).toEqual(['master.key'])
  })
})
