/** The holder of a key. `source` and `domains` limit an ingest key; null means no limit. */
export type Caller = {
  accessKey: string
  accountId: string
  role: Role
  source: string | null
  domains: string[] | null
  /** The console's session that the request came with; omitted: it was signed, or had a token. */
  session?: ConsoleSession
}

/** A person's session in the console, unix ms. It ends at the earlier of both ends. */
export type ConsoleSession = {
  signedInMs: number
  /** It ends then unless the page renews it. */
  idleEndMs: number
  /** It ends then in any case. */
  endMs: number
  /** The key's count of ends of all its sessions, at the sign-in. */
  generation: number
}

/** The account that asks, and the role of its key. */
export type Asker = Pick<Caller, 'accountId' | 'role'>

/**
 * The signed parts of a request without its body. For a streamed body only the hash in its header is signed, or
 * nothing.
 */
type HeadToCheck = {
  method: string
  rawTarget: string
  headers: Record<string, string | undefined>
  isStreamed: boolean
}

/** A well-formed signed head. It names a key; the proof of the signature may have to wait for the body. */
export type SignedHead = {
  /** The key that the head names; it may not exist. */
  accessKey: string
  /** The holder of the key. Null: no such key, and `prove` fails as for a wrong signature. */
  holder: Caller | null
  /** True if the head has the body's hash, or says that the body is unsigned: the signature is checked and correct. */
  isProven: boolean
  /**
   * Checks the signature with the body's hash, or the body's hash against the signed one.
   * @param bodySha256 64 lower-case hex digits
   * @throws AppError APIGW.0301
   */
  prove(bodySha256: string): Caller
}

/** The port by which the edge asks for a request's sender (accounts/authenticate.ts implements it). */
export type Authenticator = {
  /** Checks a signed head before any byte of its body is read. @throws AppError APIGW.0301 or APIGW.0303 */
  head(request: HeadToCheck): Promise<SignedHead>
  /** Checks an ingest token in a bearer or basic header. @throws AppError APIGW.0301 */
  token(authorization: string): Promise<Caller>
  /** Checks a session token, of the header X-Auth-Token. @throws AppError APIGW.0301 or APIGW.0307 */
  session(token: string): Promise<Caller>
  /** Checks the key and secret in a body. @throws AppError APIGW.0301; APIGW.0201 or CDN.0001 where it has none */
  keyInBody(body: Buffer): Promise<Caller>
  /** Null where the console is off: cookies are no authority then. */
  console: ConsoleAuthenticator | null
}

/** The part of the port that knows the console's sessions (web-console/console-authenticator.ts implements it). */
export type ConsoleAuthenticator = {
  /** Checks the sealed session of a cookie. @throws AppError APIGW.0301 or APIGW.0307 */
  session(sealed: string): Promise<Caller>
  /**
   * Checks a body that signs a person in: a key with its secret, or a sign-in link's token, which stays unused.
   * @throws AppError APIGW.0301; APIGW.0201 or CDN.0001 where it has none
   */
  signIn(body: Buffer): Promise<Caller>
  /** The URL that people open, for requests whose `Host` a proxy has changed. */
  publicUrl(): string
}

/** Roles of keys: an operator may do everything, an account uses its own exports, an ingest key pushes logs. */
export const roles = ['operator', 'account', 'ingest'] as const
export type Role = (typeof roles)[number]
