import { useEffect, useState } from 'react'

/** A value once it has stayed the same for a while: a server need not hear of each key that is pressed. */
export function useSettled<T>(value: T, pauseMs: number): T {
  const [settled, settle] = useState(value)
  useEffect(() => {
    const timer = setTimeout(() => settle(value), pauseMs)
    return () => clearTimeout(timer)
  }, [value, pauseMs])
  return settled
}
