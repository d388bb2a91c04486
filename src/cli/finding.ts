/** One thing looked at: fine, worth a look, or wrong, and what to do then. */
export type Finding = { topic: string; state: 'ok' | 'warn' | 'bad'; text: string }
