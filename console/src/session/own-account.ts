import { createContext, useContext } from 'react'
import type { AnswerOf } from '../api/client.ts'

/** The account of the person who is signed in, and the defaults of its requests. */
export type OwnAccount = AnswerOf<'GET /api/v1/account'>

export const OwnAccountContext: React.Context<OwnAccount | null> = createContext<OwnAccount | null>(null)

/** @throws Error outside of a session */
export function useOwnAccount(): OwnAccount {
  const account = useContext(OwnAccountContext)
  if (!account) throw new Error('nobody is signed in')
  return account
}

export const useIsOperator = (): boolean => useOwnAccount().role === 'operator'
