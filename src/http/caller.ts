/** The holder of a key. `source` and `domains` limit an ingest key; null means no limit. */
export type Caller = {
  accessKey: string
  accountId: string
  role: Role
  source: string | null
  domains: string[] | null
}

/** What of a request is signed, but for its body. A streamed body is signed by its header's hash alone, or not at all. */
type HeadToCheck = {
  method: string
  rawTarget: string
  headers: Record<string, string | undefined>
  isStreamed: boolean
}

/** A signed head without a fault in itself. It names a key; whether it was signed with it may be known after the body. */
export type SignedHead = {
  /** As the head names it, whether there is such a key or not. */
  accessKey: string
  /** The holder of the key; null: there is none, and `prove` fails as it does for a wrong signature. */
  holder: Caller | null
  /** The head has the body's hash, or says that none is signed: the signature has been checked, and is the holder's. */
  isProven: boolean
  /**
   * Checks the signature with the body's hash, or the body's hash against the signed one.
   * @param bodySha256 64 lower-case hex digits
   * @throws AppError APIGW.0301
   */
  prove(bodySha256: string): Caller
}

/** The port through which the edge asks who sends a request (accounts/authenticate.ts answers). */
export type Authenticator = {
  /** Looks at a signed head before any byte of its body is read. @throws AppError APIGW.0301 or APIGW.0303 */
  head(request: HeadToCheck): Promise<SignedHead>
  /** Checks an ingest token in a bearer or basic header. @throws AppError APIGW.0301 */
  token(authorization: string): Promise<Caller>
}

/** What a key may do: an operator everything, an account its own exports, an ingest key push logs. */
export const roles = ['operator', 'account', 'ingest'] as const
export type Role = (typeof roles)[number]
