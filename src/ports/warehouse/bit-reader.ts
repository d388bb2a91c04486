/** Compressed content is cut off, damaged, or of another kind than it claims. */
export class Damaged extends Error {}

/** Bits of a source, a byte's highest bit first. The caller must first ensure enough bytes with `fill`. */
export class BitReader {
  private readonly source: AsyncIterator<Uint8Array>
  private bytes: Uint8Array = new Uint8Array(0)
  private at = 0
  private held = 0
  private heldBits = 0
  private hasEnded = false

  constructor(source: AsyncIterable<Uint8Array>) {
    this.source = source[Symbol.asyncIterator]()
  }

  /** Reads until `count` bytes are held, or the source ends. */
  async fill(count: number): Promise<void> {
    const rest = this.bytes.length - this.at
    if (this.hasEnded || rest >= count) return
    const pieces = [this.bytes.subarray(this.at)]
    for (let length = rest; length < 2 * count; ) {
      const { value, done } = await this.source.next()
      if (done) {
        this.hasEnded = true
        break
      }
      pieces.push(value)
      length += value.length
    }
    this.bytes = Buffer.concat(pieces)
    this.at = 0
  }

  /** The next bits without taking them, zeros after the end. @param count at most 24 */
  peek(count: number): number {
    while (this.heldBits < count) {
      this.held = ((this.held & 0xffffff) << 8) | (this.bytes[this.at] ?? 0)
      this.at += 1
      this.heldBits += 8
    }
    return (this.held >>> (this.heldBits - count)) & ((1 << count) - 1)
  }

  /** Takes bits after a `peek`. @throws Damaged when there were too few */
  skip(count: number): void {
    this.heldBits -= count
    if (this.at - (this.heldBits >> 3) > this.bytes.length) throw new Damaged('it is cut')
  }

  /** @param count at most 24 @throws Damaged at the end */
  bits(count: number): number {
    const value = this.peek(count)
    this.skip(count)
    return value
  }

  /** Skips the rest of the current byte. */
  toByte(): void {
    this.skip(this.heldBits & 7)
  }

  /** True when every byte is read. */
  isAtEnd(): boolean {
    return this.at - (this.heldBits >> 3) >= this.bytes.length
  }
}
