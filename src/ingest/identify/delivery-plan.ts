/** A byte range [from, to) of a log's decompressed content. */
export type ByteRange = readonly [from: number, to: number]

/** A loaded batch whose content, up to `endByte`, is known to begin the delivered content, or the reverse. */
export type LoadedBeginning = {
  batchId: number
  ranges: readonly ByteRange[]
  endByte: number
  endsWithNewline: boolean
}

export type DeliveryPlan =
  | { kind: 'duplicate'; batchId: number }
  | { kind: 'load'; ranges: ByteRange[]; supersedes: number[] }

/**
 * The byte ranges of a delivered file of `sizeBytes` that are not loaded yet.
 *
 * A batch that ends in the middle of a line was cut there while the log was written: its last line is only a part of
 * one. It is replaced, in the same step that makes the new load visible.
 * @param replaced batches whose bytes, all of which begin the delivered ones, are to be loaded again instead of them
 */
export function planDelivery(
  sizeBytes: number,
  beginnings: readonly LoadedBeginning[],
  replaced: readonly number[] = [],
): DeliveryPlan {
  const whole = beginnings.filter((beginning) => beginning.endsWithNewline || beginning.endByte >= sizeBytes)
  const cut = beginnings.filter((beginning) => !whole.includes(beginning)).map((beginning) => beginning.batchId)
  const supersedes = [...cut, ...replaced]
  const covered = whole.flatMap((beginning) => beginning.ranges).sort((a, b) => a[0] - b[0])
  const gaps: ByteRange[] = []
  let position = 0
  for (const [from, to] of covered) {
    if (from >= sizeBytes) break
    if (from > position) gaps.push([position, from])
    position = Math.max(position, to)
  }
  if (position < sizeBytes) gaps.push([position, sizeBytes])
  const longest = whole.toSorted((a, b) => b.endByte - a.endByte)[0]
  if (gaps.length === 0 && longest) return { kind: 'duplicate', batchId: longest.batchId }
  return { kind: 'load', ranges: gaps, supersedes }
}
