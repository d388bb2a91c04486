import { createCipheriv, createDecipheriv, createSecretKey, hkdfSync, randomBytes } from 'node:crypto'
import { link, open, unlink } from 'node:fs/promises'
import { dirname } from 'node:path'
import { syncDirectory } from '../disk/sync-directory.ts'
import { codeOf } from '../errors.ts'

/** Length of the master key and of every subkey: AES-256 and HMAC-SHA256 both take 32 bytes. */
export const keyBytes = 32

// 96 bits, the size GCM is defined for; random ones are safe for 2^32 seals under one key (NIST SP 800-38D, section 8.3).
const ivBytes = 12
const tagBytes = 16
const cipherOptions = { authTagLength: tagBytes }

/** Seals secrets at rest and derives keys for other purposes, all from one master key. */
export type SecretBox = {
  /**
   * Encrypts text, any length, to `v1.<iv>.<ciphertext>.<tag>`, each in base64url; every call returns a different text.
   * @param context the secret's owner, such as the access key's id; it is not hidden, and `open` needs it
   */
  seal(plain: string, context: string): string
  /** @throws Error when `seal` did not make the text for this context under this master key */
  open(sealed: string, context: string): string
  /** A 32-byte key for a purpose, the same at each call. It reveals neither the master key nor other purposes' keys. */
  derive(purpose: string): Buffer
}

/**
 * Undefined when the text is not the canonical base64url of its bytes: Node ignores stray characters and spare bits.
 */
function decodeBase64url(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64url')
  return bytes.toString('base64url') === text ? bytes : undefined
}

function decodeSealed(sealed: string): { iv: Buffer; ciphertext: Buffer; tag: Buffer } | undefined {
  const parts = sealed.split('.')
  if (parts.length !== 4 || parts[0] !== 'v1') return undefined
  const [iv, ciphertext, tag] = parts.slice(1).map(decodeBase64url)
  if (iv?.length !== ivBytes || ciphertext === undefined || tag?.length !== tagBytes) return undefined
  return { iv, ciphertext, tag }
}

/**
 * Seals and opens with AES-256-GCM, under a subkey of the master key.
 * @param masterKey 32 random bytes; copied
 * @throws RangeError when it is not 32 bytes
 */
export function openSecretBox(masterKey: Buffer): SecretBox {
  if (masterKey.length !== keyBytes) throw new RangeError(`A master key has ${keyBytes} bytes, not ${masterKey.length}`)
  const master = createSecretKey(masterKey)
  const subkey = (info: string) => Buffer.from(hkdfSync('sha256', master, '', info, keyBytes))
  // The label differs from those of `derive`, so that no purpose yields the key that seals.
  const sealingKey = createSecretKey(subkey('fluxport seal v1'))

  return {
    seal(plain, context) {
      const iv = randomBytes(ivBytes)
      const cipher = createCipheriv('aes-256-gcm', sealingKey, iv, cipherOptions).setAAD(Buffer.from(context, 'utf8'))
      const ciphertext = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()])
      return ['v1', ...[iv, ciphertext, cipher.getAuthTag()].map((part) => part.toString('base64url'))].join('.')
    },
    open(sealed, context) {
      const parts = decodeSealed(sealed)
      if (parts === undefined) throw new Error('The sealed secret is damaged, or not a sealed secret')
      const decipher = createDecipheriv('aes-256-gcm', sealingKey, parts.iv, cipherOptions)
      decipher.setAAD(Buffer.from(context, 'utf8')).setAuthTag(parts.tag)
      try {
        return Buffer.concat([decipher.update(parts.ciphertext), decipher.final()]).toString('utf8')
      } catch (cause) {
        throw new Error('The sealed secret is altered, or belongs elsewhere or to another master key', { cause })
      }
    },
    derive: (purpose) => subkey(`fluxport derive v1 ${purpose}`),
  }
}

/**
 * The master key from its text: 44 characters of standard base64, white space around them allowed.
 * @throws Error with a sentence for the operator, without the text itself, when it is not exactly 32 bytes in base64
 */
export function parseMasterKey(text: string): Buffer {
  const trimmed = text.trim()
  const key = Buffer.from(trimmed, 'base64')
  if (key.length !== keyBytes || key.toString('base64') !== trimmed) {
    throw new Error(`The master key must be ${keyBytes} bytes in base64, which is 44 characters ending in "="`)
  }
  return key
}

const isSystemError = (error: unknown, code: string) => codeOf(error) === code

/** The master key in a file; undefined without the file. */
async function readMasterKey(path: string): Promise<Buffer | undefined> {
  const file = await open(path, 'r').catch((error: unknown) => {
    if (isSystemError(error, 'ENOENT')) return undefined
    throw error
  })
  if (file === undefined) return undefined
  try {
    const mode = (await file.stat()).mode & 0o777
    if ((mode & 0o077) !== 0) {
      throw new Error(`it has mode ${mode.toString(8).padStart(4, '0')}; others must not read it (chmod 600)`)
    }
    return parseMasterKey(await file.readFile('utf8'))
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new Error(`The master key file ${path} cannot be used: ${reason}`, { cause })
  } finally {
    await file.close()
  }
}

/** Writes a file of mode 0600 and returns when its bytes are on disk. */
async function writeDurably(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', 0o600)
  try {
    await file.chmod(0o600) // undoes the umask
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** Puts a new random key at the path, complete and durable. If another process was first, its key stays. */
async function createMasterKey(path: string): Promise<void> {
  const temporaryPath = `${path}.${randomBytes(8).toString('hex')}.tmp`
  try {
    await writeDurably(temporaryPath, `${randomBytes(keyBytes).toString('base64')}\n`)
    // A link, not a rename: a rename would replace the key of a process that started at the same moment.
    await link(temporaryPath, path).catch((error: unknown) => {
      if (!isSystemError(error, 'EEXIST')) throw error
    })
    await syncDirectory(dirname(path)) // also for the other process, which may not have synced yet
  } finally {
    await unlink(temporaryPath).catch((error: unknown) => {
      if (!isSystemError(error, 'ENOENT')) throw error
    })
  }
}

/**
 * Reads the master key from a file that only its owner may read. Without a file it makes a random key, and puts it
 * there durably with mode 0600 before it returns. An existing file is never replaced: secrets sealed under it would be
 * lost. Processes that start at the same moment get the same key.
 * @param path in a directory that exists and whose file system has hard links
 * @throws Error when the file is not 32 bytes in base64, when its group or others have access, or when the file system
 *   fails
 */
export async function loadMasterKey(path: string): Promise<Buffer> {
  const existing = await readMasterKey(path)
  if (existing !== undefined) return existing
  await createMasterKey(path)
  const created = await readMasterKey(path)
  if (created === undefined) throw new Error(`The master key file ${path} cannot be created: is it a broken link?`)
  return created
}
