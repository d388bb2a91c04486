import { type UseQueryResult, useQuery } from '@tanstack/react-query'
import { type AnswerOf, get } from '../../api/client.ts'

export type Key = AnswerOf<'GET /api/v1/access-keys'>['access_keys'][number]
export const keysPath = '/api/v1/access-keys'
/** A change that a person asks for, of a key. */
export type AskedOfKey = { act: 'rotate' | 'revoke'; key: Key }

/** Every key, of all accounts: the API gives 1,000 at a time. */
export const useAllKeys = (): UseQueryResult<Key[], Error> =>
  useQuery({ queryKey: [keysPath, 'all'], queryFn: ({ signal }) => allKeys(signal) })

async function allKeys(signal: AbortSignal): Promise<Key[]> {
  const keys: Key[] = []
  for (let cursor: string | undefined; ; ) {
    const page = await get(keysPath, cursor === undefined ? {} : { cursor }, signal)
    keys.push(...page.access_keys)
    if (page.next_cursor === null) return keys
    cursor = page.next_cursor
  }
}

/** True for a key that is neither revoked nor expired. @param nowMs unix ms */
export const isGood = (key: Key, nowMs: number): boolean =>
  (key.revoked_at === null || Number(key.revoked_at) > nowMs) &&
  (key.expires_at === null || Number(key.expires_at) > nowMs)
