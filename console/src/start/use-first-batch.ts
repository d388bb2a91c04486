import { useEffect } from 'react'
import { answers, useAnswer } from '../api/answers.ts'
import { useIsOperator } from '../session/own-account.ts'

const lookMs = 2_000

/**
 * True while no log has ever come. Looks every 2 s until one does, and then has every answer asked for again.
 * An account's key lists no batches: for it this is always false.
 */
export function useIsEmpty(): boolean {
  const isOperator = useIsOperator()
  const kept = answers.getQueryData<{ total: number }>(['/api/v1/log-batches', { limit: 1 }])
  const wasEmpty = kept?.total === 0
  const { data } = useAnswer(
    '/api/v1/log-batches',
    { limit: 1 },
    { isOn: isOperator, ...(kept === undefined || wasEmpty ? { everyMs: lookMs } : {}) },
  )
  const isEmpty = data?.total === 0
  useEffect(() => {
    if (!isEmpty) return undefined
    return () => void answers.invalidateQueries()
  }, [isEmpty])
  return isEmpty
}
