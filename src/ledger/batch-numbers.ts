import { randomBytes } from 'node:crypto'
import { findAccount } from '../accounts/accounts.ts'
import { createNumberCipher, type NumberCipher } from '../auth/number-cipher.ts'
import type { SecretBox } from '../auth/secret-box.ts'
import type { Caller } from '../http/caller.ts'
import type { Database } from '../ports/database/database.ts'

/** Batch numbers as one caller sees them. Only operators see the counter of all accounts' batches. */
export type BatchNumbers = {
  shown(id: number): number
  /** The id of the batch that the caller means; null: no such batch. */
  asked(number: number): number | null
  /** Replaces the batch ids in a text of Fluxport's by the caller's numbers. */
  inText(text: string): string
}

/** Operators see the ledger's ids. They may also ask by a number that a customer was shown. */
const forOperators = (cipher: NumberCipher): BatchNumbers => ({
  shown: (id) => id,
  asked: (number) => cipher.find(number) ?? number,
  inText: (text) => text,
})

/** Digits of the largest number that the cipher takes, 2^48 - 1, less one. */
const idDigitsMax = 14

const forCustomers = (cipher: NumberCipher): BatchNumbers => ({
  shown: cipher.hide,
  asked: cipher.find,
  inText: (text) =>
    text.replaceAll(/\b((?:batch|batches) )(\d+(?:, \d+)*)/gi, (_, word: string, ids: string) => {
      // A sender's text may have a number that no batch can have.
      const numbers = ids.split(', ').map((id) => (id.length <= idDigitsMax ? cipher.hide(Number(id)) : id))
      return word + numbers.join(', ')
    }),
})

/** Gives each caller its batch numbers. An account never changes between the first one and another. */
export type NumbersFor = (caller: Pick<Caller, 'role' | 'accountId'>) => Promise<BatchNumbers>

/** The key is made once for a deployment and never changes: customers keep the numbers that they were shown. */
const secretName = 'batch-numbers'

/** @throws Error when the master key does not open the sealed key of the numbers */
export async function openBatchNumbers(database: Database, box: SecretBox): Promise<NumbersFor> {
  const { queries } = database
  const made = { name: secretName, sealed: box.seal(randomBytes(32).toString('hex'), secretName) }
  await queries
    .insertInto('own_secret')
    .values({ ...made, created_at_ms: Date.now() })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
  const { sealed } = await queries
    .selectFrom('own_secret')
    .select('sealed')
    .where('name', '=', secretName)
    .executeTakeFirstOrThrow()
  const cipher = createNumberCipher(keyOf(box, sealed))
  const [operators, customers] = [forOperators(cipher), forCustomers(cipher)]
  const isFirst = new Map<string, boolean>()
  return async ({ role, accountId }) => {
    if (role === 'operator') return operators
    if (!isFirst.has(accountId)) isFirst.set(accountId, (await findAccount(database, accountId))?.is_first === 1)
    return isFirst.get(accountId) ? operators : customers
  }
}

function keyOf(box: SecretBox, sealed: string): Buffer {
  try {
    return Buffer.from(box.open(sealed, secretName), 'hex')
  } catch (cause) {
    const where = 'every process of a deployment needs the same --master-key (FLUXPORT_MASTER_KEY)'
    throw new Error(`The master key does not open the key of batch numbers: ${where}`, { cause })
  }
}
