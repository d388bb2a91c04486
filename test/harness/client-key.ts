import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { openSecretBox, parseMasterKey } from '../../src/auth/secret-box.ts'
import { openSqlite } from '../../src/ports/database/sqlite.ts'
import { findClientKey } from '../../src/privacy/client-key.ts'

/** The key that a server hashes addresses with, as it may be written: numbers, bytes, hexadecimal, base64. */
export async function clientKeyOf(dataDir: string): Promise<(string | Buffer)[]> {
  const database = await openSqlite(join(dataDir, 'fluxport.sqlite'))
  const box = openSecretBox(parseMasterKey(await readFile(join(dataDir, 'master.key'), 'utf8')))
  const key = await findClientKey(database, async () => box)
  await database.close()
  if (key === null) throw new Error('there is no key')
  const halves = Object.values(key)
  const bytes = Buffer.concat(
    halves.map((half) => {
      const piece = Buffer.alloc(8)
      piece.writeBigUInt64LE(BigInt(half))
      return piece
    }),
  )
  return [...halves, bytes, bytes.toString('hex'), bytes.toString('base64').slice(0, 21)]
}
