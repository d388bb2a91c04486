/** A result of a check: fine, a warning, or wrong; with advice where needed. */
export type Finding = { topic: string; state: 'ok' | 'warn' | 'bad'; text: string }
