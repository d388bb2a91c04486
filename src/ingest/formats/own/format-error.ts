/** A user's pattern or mapping is wrong; the message names the token. */
export class FormatError extends Error {}
