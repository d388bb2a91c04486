import { constants } from 'node:fs'
import { access, stat, statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import { codeOf } from '../errors.ts'
import { type Compression, compressions, type Format, formats } from '../statistics/format-names.ts'
import { ClientError } from './client.ts'
import { bytesText } from './progress-bar.ts'

type Named = { output?: string; format?: string; compression?: string }

const compressionOf: Record<string, Compression> = { gz: 'gzip', zip: 'zip' }

/**
 * Format and compression as the file's name and the flags say them; a name without a known ending says neither.
 * @throws ClientError when they contradict each other: a workbook called .csv opens nowhere
 */
export function formatOfOutput({ output, format, compression }: Named): { format?: string; compression?: string } {
  const said = endingsOf(output ?? '')
  assertAgree('format', output, said.format, format)
  assertAgree('compression', output, said.compression, compression)
  const asked = { format: format ?? said.format, compression: compression ?? said.compression }
  return Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== undefined))
}

/** `usage.csv.gz`: csv and gzip. `usage.zip`: zip, of a format that it does not say. */
function endingsOf(output: string): { format?: Format; compression?: Compression } {
  const endings = output.toLowerCase().split('.').slice(1)
  const compression = compressionOf[endings.at(-1) ?? '']
  const ending = compression === undefined ? endings.at(-1) : endings.at(-2)
  const format = formats.find((known) => known === ending)
  if (compression !== undefined) return { compression, ...(format ? { format } : {}) }
  return format ? { format, compression: 'none' } : {}
}

function assertAgree(flag: 'format' | 'compression', output = '', said?: string, given?: string): void {
  // The server refuses a value that it does not know, and lists the known ones.
  const isKnown = [...formats, ...compressions].some((known) => known === given)
  if (said === undefined || given === undefined || said === given || !isKnown) return
  throw new ClientError(`--output ${output} says ${flag} ${said}, and --${flag} says ${given}: change one of them`)
}

/**
 * Looks at where a file is to go, before anything is made for it.
 * @param bytes that it may have, about; null: that is not known
 * @throws ClientError naming the obstacle, and the way round it
 */
export async function assertWritable(output: string, bytes: number | null): Promise<void> {
  const directory = dirname(output)
  const problem = (text: string) => new ClientError(`--output: ${text}`)
  const found = await stat(directory).catch((error) => {
    throw problem(
      codeOf(error) === 'ENOENT'
        ? `there is no directory ${directory}: make it first`
        : `${directory}: ${error.message}`,
    )
  })
  if (!found.isDirectory()) throw problem(`${directory} is no directory`)
  await access(directory, constants.W_OK).catch(() => {
    throw problem(`this user may not write into ${directory}: choose another place, or change its owner`)
  })
  const there = await stat(output).catch(() => null)
  if (there?.isDirectory()) throw problem(`${output} is a directory: name a file in it`)
  const { bavail, bsize } = await statfs(directory)
  if (bytes !== null && bytes > bavail * bsize)
    throw problem(`the file may have ${bytesText(bytes)}, and ${directory} has ${bytesText(bavail * bsize)} free`)
}

/**
 * Target of each file of a task. The main file gets the asked path. Its manifest and further tables' files lie beside it,
 * the latter with the table's name in their path.
 */
export function outputPath(output: string, mainName: string, name: string): string {
  // A hostile server might send a path as a name.
  if (!/^[\w.-]+$/.test(name)) throw new ClientError('The server names a file as none is named')
  if (name === mainName) return output
  if (name.startsWith(mainName)) return output + name.slice(mainName.length)
  const [base = '', ...extensions] = mainName.split('.')
  const table = name.slice(base.length, name.length - extensions.join('.').length - 1)
  const stemLength = stemLengthOf(output)
  return `${output.slice(0, stemLength)}${table}${output.slice(stemLength)}`
}

/** Length of a path before its last endings: `a/bill.csv.gz` 6, `a.b/bill` 8. An expression for it takes the square. */
function stemLengthOf(output: string): number {
  const parts = output.split('.')
  const stemParts = parts.findLastIndex((part, index) => index === 0 || !/^[A-Za-z0-9]+$/.test(part)) + 1
  return parts.slice(0, stemParts).join('.').length
}
