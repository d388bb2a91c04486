import { type RefObject, useEffect, useState } from 'react'

/** The width of an element, px; 0 before it is drawn. It follows the window. */
export function useWidth(of: RefObject<HTMLElement | null>): number {
  const [widthPx, setWidth] = useState(0)
  useEffect(() => {
    if (!of.current) return undefined
    const observer = new ResizeObserver(([entry]) => setWidth(Math.floor(entry?.contentRect.width ?? 0)))
    observer.observe(of.current)
    return () => observer.disconnect()
  }, [of])
  return widthPx
}
