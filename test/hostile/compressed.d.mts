export function gzipOf(content: string | Buffer): Buffer
export function zstdOf(content: string | Buffer): Buffer
export function bzip2Of(content: string | Buffer): Buffer
export function xzOf(content: string | Buffer): Buffer
export function gzipBomb(mebibytes: number): Buffer
export function zstdFrame(frame: { windowLog: number; runs: number[] }): Buffer
export function slowZstd(blocks: number): Buffer
export function rawZstd(windowLog: number, content: Buffer): Buffer
