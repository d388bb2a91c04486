/**
 * A body of several files, one after another, as the bodies of each.
 * @param sizes bytes of each file
 * @returns a generator for each, to be read to its end in turn; `end` answers the number of bytes behind the last
 */
export function splitBody(pieces: AsyncIterable<Uint8Array>, sizes: readonly number[]) {
  const body = pieces[Symbol.asyncIterator]()
  let rest: Uint8Array = new Uint8Array()
  async function* take(size: number): AsyncGenerator<Uint8Array> {
    for (let left = size; left > 0; ) {
      if (rest.length === 0) {
        const { done, value } = await body.next()
        if (done) return
        rest = value
        continue
      }
      const piece = rest.subarray(0, left)
      rest = rest.subarray(piece.length)
      left -= piece.length
      yield piece
    }
  }
  const end = async (): Promise<number> => {
    let behind = rest.length
    for (;;) {
      const { done, value } = await body.next()
      if (done) return behind
      behind += value.length
    }
  }
  return { files: sizes.map(take), end }
}
