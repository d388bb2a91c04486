import type { ReadLimits } from '../readers/jobs.ts'

const numberOption = (flag: string, meaning: string, fallback: string) => ({ flag, value: 'N', meaning, fallback })

/** Limits of decoding a log, as rows of the table of options. */
export const readerOptions = [
  numberOption(
    'decompress-ratio-max',
    'One compressed byte of a log expands to at most this many bytes, beyond 64 MiB',
    '1000',
  ),
  numberOption(
    'zstd-window-bytes-max',
    'Largest window of a log in zstd, bytes; zstd --long and --ultra need more',
    '8388608',
  ),
]

/** @throws ConfigError naming the flag */
export const parseReadLimits = (integer: (flag: string, min: number, max: number) => number): ReadLimits => ({
  ratioMax: integer('decompress-ratio-max', 1, 1_000_000),
  zstdWindowBytesMax: integer('zstd-window-bytes-max', 1_024, 128 * 1024 ** 2),
})
