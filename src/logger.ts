import { pino } from 'pino'
import { visibleJson } from './visible-text.ts'

/** Structured logs: an event name and fields, one line of JSON each, on standard error. */
export type Logger = {
  debug(fields: object, event: string): void
  info(fields: object, event: string): void
  warn(fields: object, event: string): void
  error(fields: object, event: string): void
  child(fields: object): Logger
}

export const logLevels = ['debug', 'info', 'warn', 'error', 'silent'] as const
export type LogLevel = (typeof logLevels)[number]

/** Secrets never reach a log: fields that could hold one are removed by name, for every caller. */
const redactedPaths = [
  'secretKey',
  'secret_key',
  'password',
  'authorization',
  'req.headers.authorization',
  '*.secretKey',
]

export const createLogger = (level: LogLevel): Logger =>
  pino(
    {
      level,
      redact: redactedPaths,
      base: { service: 'fluxport' },
      // JSON escapes only control characters below U+0020, and a terminal may display the log.
      hooks: { streamWrite: visibleJson },
    },
    pino.destination({ dest: 2, sync: true }),
  ) as Logger
