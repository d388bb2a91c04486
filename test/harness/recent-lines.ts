import { huaweiLine, type LineFields } from './log-lines.ts'

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** A line of a request at an instant, unix ms. */
export function lineAt(timeMs: number, fields: LineFields = {}): string {
  const iso = new Date(timeMs).toISOString()
  const month = months[Number(iso.slice(5, 7)) - 1]
  return huaweiLine({ ...fields, time: `${iso.slice(8, 10)}/${month}/${iso.slice(0, 4)}:${iso.slice(11, 19)} +0000` })
}
