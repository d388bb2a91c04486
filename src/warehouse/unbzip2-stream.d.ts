declare module 'unbzip2-stream' {
  /** Takes pieces of bzip2 and emits what they decode to, at once; the end of the input is checked at `end`. */
  type Decoder = {
    write(piece: Uint8Array): boolean
    end(): void
    on(event: 'data', listener: (chunk: Uint8Array) => void): Decoder
    on(event: 'error', listener: (error: Error) => void): Decoder
  }
  function unbzip2(): Decoder
  export = unbzip2
}
