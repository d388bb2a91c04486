import type { Things } from './two-accounts.ts'

/**
 * An answer as it would read of anybody's things: names that were asked by become the word for their kind, and what differs
 * from one request to the next (its id, the time, signatures) is left out. Equal texts tell the asker nothing.
 */
export function normalText(text: string, things: Things): string {
  let normal = text
  const names = Object.entries(things).sort(([, one], [, other]) => other.length - one.length)
  for (const [kind, name] of names) {
    if (name.length < 6) continue // a short number may be anything's
    for (const form of new Set([name, encodeURIComponent(name)])) normal = normal.replaceAll(form, `<${kind}>`)
  }
  return (
    normal
      .replaceAll(/"request_id":\s*"[0-9a-f]{32}"/g, '"request_id":""')
      // The asker's own deliveries are new ones each time.
      .replaceAll(/"(batch_id|already_loaded_as)":\s*\d+/g, '"$1":0')
      .replaceAll(/Batch \d+: None/g, 'Batch 0: None')
      .replaceAll(/\b[0-9a-f]{64}\b/g, '<digest>')
      .replaceAll(/\(request [0-9a-f]{32}\)/g, '(request)')
      .replaceAll(/\b1[78]\d{11}\b/g, '<time>')
      .replaceAll(/<(operatorsBatchId|batchId)>/g, '<batch>')
  )
}

/** Which of another account's things an answer names. */
export const namedIn = (text: string, theirs: Things): string[] =>
  Object.entries(theirs)
    .filter(([, name]) => name.length >= 6 && text.includes(name))
    .map(([kind]) => kind)
