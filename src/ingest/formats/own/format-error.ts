/** A user's pattern or mapping is wrong; the message names the token. */
export class FormatError extends Error {}

/** Each field is looked at beside all others: more would keep the server busy for seconds. */
const piecesMax = 200

/** @throws FormatError when a pattern has too many fields and texts */
export function assertFew(pieces: readonly unknown[]): void {
  if (pieces.length > piecesMax) throw new FormatError(`it has more than ${piecesMax} fields and texts`)
}
