/** A value that holds from `startMs` up to, but not at, `endMs`. Lists of runs are in order and do not overlap. */
export type Run<T> = { startMs: number; endMs: number; value: T }
export type Span = { startMs: number; endMs: number }

/** The instants in [startMs, endMs) at which one of the lists changes, including the start, then the end; in order. */
export function edgesOf(range: Span, lists: readonly (readonly Span[])[]): number[] {
  const edges = new Set([range.startMs, range.endMs])
  for (const list of lists) {
    for (const { startMs, endMs } of list) {
      if (startMs > range.startMs && startMs < range.endMs) edges.add(startMs)
      if (endMs > range.startMs && endMs < range.endMs) edges.add(endMs)
    }
  }
  return [...edges].sort((a, b) => a - b)
}

/** Reads a list at ascending instants; undefined where no run holds. */
export function reader<T>(runs: readonly Run<T>[]): (timeMs: number) => T | undefined {
  let at = 0
  return (timeMs) => {
    while (at < runs.length && (runs[at] as Run<T>).endMs <= timeMs) at++
    const run = runs[at]
    return run !== undefined && run.startMs <= timeMs ? run.value : undefined
  }
}

/** Joins neighbours of equal value. */
export function joined<T>(runs: Iterable<Run<T>>, same: (a: T, b: T) => boolean): Run<T>[] {
  const result: Run<T>[] = []
  for (const run of runs) {
    const last = result.at(-1)
    if (last && last.endMs === run.startMs && same(last.value, run.value)) last.endMs = run.endMs
    else if (run.endMs > run.startMs) result.push({ ...run })
  }
  return result
}

/** Adds two lists of counts. */
export function sumOfRuns(a: Run<number>[], b: Run<number>[]): Run<number>[] {
  if (a.length === 0 || b.length === 0) return a.length === 0 ? b : a
  const both = [...a, ...b]
  const span = {
    startMs: Math.min(...both.map(({ startMs }) => startMs)),
    endMs: Math.max(...both.map(({ endMs }) => endMs)),
  }
  const edges = edgesOf(span, [a, b])
  const inA = reader(a)
  const inB = reader(b)
  const runs = edges.slice(0, -1).flatMap((startMs, n): Run<number>[] => {
    const value = (inA(startMs) ?? 0) + (inB(startMs) ?? 0)
    return value === 0 ? [] : [{ startMs, endMs: edges[n + 1] as number, value }]
  })
  return joined(runs, Object.is)
}
