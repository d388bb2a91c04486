// The reference of rejection reasons, from where each is defined.
import { rejectionReasons } from '../../dist/ingest/formats/line/rejection-reasons.js'
import { cell, table } from './markdown.mjs'

export const reasonsTable = () =>
  table(
    ['Reason', 'What it means', 'What to do'],
    Object.entries(rejectionReasons).map(([reason, { meaning, advice }]) => [
      `\`${reason}\``,
      cell(meaning),
      cell(advice),
    ]),
  )
