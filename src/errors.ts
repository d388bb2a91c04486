/**
 * Every failure a caller can see. The code is contract, the text is not. Codes of the CDN.* and APIGW.* families are
 * those of the wire contract; the FLUXPORT.* family is Fluxport's own. One page per code: docs/reference/errors/.
 */
export const errorCatalogue = {
  'CDN.0001': { status: 400, title: 'A parameter is missing, malformed or not allowed here' },
  'CDN.0003': { status: 404, title: 'The object does not exist' },
  'CDN.0004': { status: 403, title: 'The access key may not do this' },
  'CDN.0005': { status: 400, title: 'A limit is exceeded' },
  'CDN.0015': { status: 400, title: 'The service area is not supported' },
  'CDN.0105': { status: 404, title: 'The domain does not exist' },
  'CDN.0201': { status: 400, title: 'A domain name of a statistics query is malformed' },
  'CDN.0202': { status: 400, title: 'The time range of a statistics query is not allowed' },
  'CDN.0203': { status: 400, title: 'The sampling interval of a statistics query is not allowed' },
  'APIGW.0101': { status: 404, title: 'There is no such path or method' },
  'APIGW.0201': { status: 400, title: 'The request is malformed or too large' },
  'APIGW.0301': { status: 401, title: 'The request is not signed, or its signature does not match' },
  'APIGW.0303': { status: 401, title: 'The date of the signature is too far from the server’s clock' },
  'APIGW.0307': { status: 401, title: 'The session token has expired; ask for another one' },
  'APIGW.0308': { status: 429, title: 'Too many requests' },
  'FLUXPORT.0001': { status: 500, title: 'The server failed; the request id finds the reason in its log' },
  'FLUXPORT.0002': { status: 503, title: 'A part of the server is not ready; try again' },
  'FLUXPORT.0003': { status: 503, title: 'Too many bytes of bodies are on their way; try again later' },
  'FLUXPORT.0004': { status: 429, title: 'The account uses its whole share of the server; try again later' },
  'FLUXPORT.0101': { status: 409, title: 'The same bytes are already loaded under other parameters' },
  'FLUXPORT.0102': { status: 422, title: 'The log batch cannot be read' },
  'FLUXPORT.0103': { status: 422, title: 'The log format is not recognised' },
  'FLUXPORT.0104': { status: 409, title: 'The log changed while it was read' },
  'FLUXPORT.0105': { status: 503, title: 'There is no room for more logs now; try again later' },
  'FLUXPORT.0106': { status: 409, title: 'Requests of the log are loaded already from another file' },
  'FLUXPORT.0107': { status: 403, title: 'The log is of a domain that the access key may not deliver' },
  'FLUXPORT.0108': { status: 422, title: 'The log takes more to be read than it may' },
  'FLUXPORT.0109': { status: 422, title: 'Too many lines of the log are rejected: it is quarantined' },
  'FLUXPORT.0110': { status: 422, title: 'None of the log’s lines counts' },
  'FLUXPORT.0201': { status: 403, title: 'The download link is not valid, or has expired' },
  'FLUXPORT.0202': { status: 409, title: 'The name is taken' },
  'FLUXPORT.0203': { status: 422, title: 'The idempotency key was used with another body' },
  'FLUXPORT.0204': { status: 409, title: 'The task or relocation is not in a state for this' },
  'FLUXPORT.0205': { status: 409, title: 'It would leave no operator key that is good' },
  'FLUXPORT.0206': { status: 409, title: 'The key was rotated already: its replacement is good' },
  'FLUXPORT.0301': { status: 400, title: 'The data of this time is not kept any more' },
  'FLUXPORT.0302': { status: 422, title: 'The log batch is older than what is kept' },
  'FLUXPORT.0303': { status: 422, title: 'A figure exceeds what the file’s column can hold' },
  'FLUXPORT.0401': { status: 409, title: 'Some buckets of the range are not final' },
  'FLUXPORT.0501': { status: 422, title: 'The file of geographic data cannot be used' },
  'FLUXPORT.0601': { status: 403, title: 'The request has a console session, and is not of the console’s own page' },
} as const satisfies Record<string, { status: number; title: string }>

export type ErrorCode = keyof typeof errorCatalogue

/** A failure with a code from the catalogue. `message` is public; `cause` is for the log alone. */
export class AppError extends Error {
  readonly code: ErrorCode
  readonly status: number
  /** Seconds until a retry is sensible; null: unknown. */
  readonly retryAfterSeconds: number | null

  constructor(
    code: ErrorCode,
    message?: string,
    options: { cause?: unknown; status?: number; retryAfterSeconds?: number } = {},
  ) {
    super(message ?? errorCatalogue[code].title, options.cause === undefined ? {} : { cause: options.cause })
    this.name = 'AppError'
    this.code = code
    this.status = options.status ?? errorCatalogue[code].status
    this.retryAfterSeconds = options.retryAfterSeconds ?? null
  }
}

/** A parameter error: names the parameter, the problem and the allowed values. */
export const parameterError = (parameter: string, problem: string) =>
  new AppError('CDN.0001', `The parameter ${parameter} is invalid: ${problem}`)

/**
 * The body of every error answer. The same code and text stand where each official SDK looks for them: nested for the
 * documented form, flat for Go, Java and Node (contract/export-tasks.md section 4).
 */
export function errorBody(code: string, message: string, requestId: string) {
  return {
    error: { error_code: code, error_msg: message, code, message },
    error_code: code,
    error_msg: message,
    request_id: requestId,
  }
}

/** A setting is wrong; the message names it. */
export class ConfigError extends Error {}

/** A parameter's value for a message, cut after 60 characters. */
export const quoted = (value: string) => JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value)

/** The code that Node.js, a driver or a port gave an error: ENOENT, 53100, FLUXPORT.0105. Empty without one. */
export const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error ? String(error.code) : '')
