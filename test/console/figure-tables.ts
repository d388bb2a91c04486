import type { Locator } from 'playwright-core'
import { parseCsv } from '../harness/csv.ts'
import { type Person, settled } from './browser.ts'

/** The cells of a row by the titles of their columns. */
export type Row = Record<string, string>

/** Opens an address of the console, and waits for its figures. */
export async function openSettled(person: Person, path: string): Promise<void> {
  await person.open(path)
  await settled(person)
}

/** The rows of a CSV text, without the apostrophe before a cell that a spreadsheet would run. */
export function rowsOf(text: string): Row[] {
  const [titles = [], ...rows] = parseCsv(text)
  return rows.map((cells) =>
    Object.fromEntries(titles.map((title, index) => [title, (cells[index] ?? '').replace(/^'(?=[=+\-@])/, '')])),
  )
}

/** The rows of a card by the CSV that it hands out. @param card its heading; without one the first card of the page */
export const cardRows = async (person: Person, card?: string): Promise<Row[]> => rowsOf(await savedCsv(person, card))

/** The CSV that a card hands out, without the mark at its start. @param card as of `cardRows` */
export async function savedCsv({ page }: Person, card?: string): Promise<string> {
  const name = card ?? (await page.getByRole('heading', { level: 2 }).first().innerText())
  const region = page.getByRole('region', { name, exact: true }).first()
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    region.getByRole('button', { name: 'CSV', exact: true }).click(),
  ])
  const pieces: Buffer[] = []
  for await (const piece of await download.createReadStream()) pieces.push(piece as Buffer)
  return Buffer.concat(pieces)
    .toString('utf8')
    .replace(/^\ufeff/, '')
}

/** The rows of a table as they are seen, each cell without the marks of its heading. */
export async function shownRows(table: Locator): Promise<Row[]> {
  const titles = await table.locator('thead th').allInnerTexts()
  const rows = await table.locator('tbody tr').all()
  return await Promise.all(
    rows.map(async (row) => {
      const cells = await row.locator('td').allInnerTexts()
      return Object.fromEntries(titles.map((title, index) => [title.trim(), (cells[index] ?? '').trim()]))
    }),
  )
}
