import type { UseQueryResult } from '@tanstack/react-query'
import { createContext, type ReactNode, useContext } from 'react'
import { ApiError } from '../api/client.ts'
import { useWords } from '../language/language.ts'
import { ErrorText } from './error-text.tsx'
import { controlWords } from './words.ts'

type Props<T> = {
  of: UseQueryResult<T, Error>
  /** Words of the wait, where the usual ones would mislead. */
  awaited?: string
  children(answer: T): ReactNode
}

/** Shows an answer once it is there; before that that it is awaited, and an error where it is one. */
export function Answer<T>({ of, awaited, children }: Props<T>) {
  const text = useWords(controlWords)
  if (of.error) return <Failure error={of.error} onAgain={() => void of.refetch()} />
  if (of.data === undefined)
    return (
      <p className="awaited" role="status">
        {awaited ?? text.loading}
      </p>
    )
  // The figures before stay while others are awaited: the page does not jump.
  return (
    <StaleContext value={of.isPlaceholderData}>
      <div className={of.isPlaceholderData ? 'stale' : ''}>{children(of.data)}</div>
    </StaleContext>
  )
}

const StaleContext = createContext(false)

/** True within an answer that is of the view before, while another is awaited. */
export const useIsStale = (): boolean => useContext(StaleContext)

/** An error in its own words, with its code. */
export function Failure({ error, onAgain }: { error: Error; onAgain?: () => void }) {
  const text = useWords(controlWords)
  return (
    <div className="failure" role="alert">
      <p>{error instanceof ApiError ? <ErrorText code={error.code} message={error.message} /> : error.message}</p>
      {error instanceof ApiError && error.code !== '' && <p className="quiet">{error.code}</p>}
      {onAgain && (
        <button type="button" onClick={onAgain}>
          {text.again}
        </button>
      )}
    </div>
  )
}
