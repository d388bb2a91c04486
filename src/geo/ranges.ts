import { addressMax } from './address.ts'
import { GeoFileError } from './geo-file-error.ts'

/**
 * A place. `country` is a code of ISO 3166-1 in lower case; `province` and `carrier` are the contract's codes. `qita`
 * means unknown, and the province abroad is empty. Hong Kong, Macao and Taiwan are `hk`, `mo` and `tw` in the province
 * `gangaotai`.
 */
export type Place = Readonly<{ country: string; province: string; carrier: string }>

/** Addresses from `first` to `last`, both included, of 128 bits. */
export type Range<T> = { first: bigint; last: bigint; value: T }

export type Ranges<T> = Iterable<Range<T>> | AsyncIterable<Range<T>>

/**
 * Combines two sequences of ranges, each in order and without overlap. `merge` decides the value where one or both have
 * one; undefined means none.
 * @throws GeoFileError when a sequence is not in order
 */
export async function* combine<A, B, C>(
  left: Ranges<A>,
  right: Ranges<B>,
  merge: (a: A | undefined, b: B | undefined, first: bigint, last: bigint) => C | undefined,
): AsyncGenerator<Range<C>> {
  const [a, b] = [cursor(left), cursor(right)]
  try {
    await a.next()
    await b.next()
    let at = 0n
    while (a.range || b.range) {
      at = least(a.startFrom(at), b.startFrom(at))
      const [inA, inB] = [a.covers(at), b.covers(at)]
      const last = least(a.endFrom(inA), b.endFrom(inB))
      const value = merge(inA ? a.range?.value : undefined, inB ? b.range?.value : undefined, at, last)
      if (value !== undefined) yield { first: at, last, value }
      at = last + 1n
      if (a.range && a.range.last < at) await a.next()
      if (b.range && b.range.last < at) await b.next()
    }
  } finally {
    await a.close()
    await b.close()
  }
}

const least = (a: bigint, b: bigint) => (a < b ? a : b)

/** One of the sequences, with the reading position. */
function cursor<T>(ranges: Ranges<T>) {
  const iterator = Symbol.asyncIterator in ranges ? ranges[Symbol.asyncIterator]() : ranges[Symbol.iterator]()
  const it = {
    range: undefined as Range<T> | undefined,
    next: async () => {
      const { done, value } = await iterator.next()
      const isInOrder = done || (value.first > (it.range?.last ?? -1n) && value.last >= value.first)
      if (!isInOrder) throw new GeoFileError('it is damaged: its networks overlap, or are out of order')
      it.range = done ? undefined : value
    },
    /** Closes the source of the ranges. */
    close: async () => {
      await iterator.return?.()
    },
    covers: (at: bigint) => it.range !== undefined && it.range.first <= at,
    /** The first address from `at` on that has a value. */
    startFrom: (at: bigint) => (it.range ? (it.range.first > at ? it.range.first : at) : addressMax),
    /** The last address up to which the value stays the same. */
    endFrom: (covered: boolean) => (it.range ? (covered ? it.range.last : it.range.first - 1n) : addressMax),
  }
  return it
}

/** The same addresses in fewer ranges: neighbours of equal value are joined. */
export async function* joined<T>(ranges: Ranges<T>): AsyncGenerator<Range<T>> {
  let open: Range<T> | undefined
  for await (const range of ranges) {
    if (open && open.last + 1n === range.first && open.value === range.value) {
      open = { ...open, last: range.last }
    } else {
      if (open) yield open
      open = range
    }
  }
  if (open) yield open
}

/** The networks that make up a range, each as wide as possible; `bits` counts of 128. */
export function* networksOf(first: bigint, last: bigint): Generator<{ first: bigint; bits: number }> {
  let at = first
  while (at <= last) {
    let size = at === 0n ? 1n << 127n : at & -at
    while (at + size - 1n > last) size >>= 1n
    yield { first: at, bits: 129 - size.toString(2).length }
    at += size
  }
}
