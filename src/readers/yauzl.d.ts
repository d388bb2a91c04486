declare module 'yauzl' {
  import type { Readable } from 'node:stream'

  export type Entry = { fileName: string; uncompressedSize: number; generalPurposeBitFlag: number }
  /** A ZIP archive, as far as logs and tests are read from one. */
  export type ZipFile = {
    eachEntry(): AsyncIterable<Entry>
    openReadStreamPromise(entry: Entry): Promise<Readable>
  }
  export function openPromise(path: string, options?: object): Promise<ZipFile>
  export function fromBufferPromise(bytes: Buffer, options?: object): Promise<ZipFile>
}
